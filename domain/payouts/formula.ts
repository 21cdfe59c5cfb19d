/**
 * Where a spreadsheet may begin a cell: at the start of ours, and after each break or separator within it. A
 * program that splits the file by another separator than ours, or takes a quote for a letter, begins one
 * there too (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const CELL_STARTS = /(^|[\r\n\t,;])([ \u00a0]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/gu;

/**
 * A text for a cell of a file that people open in a spreadsheet: an apostrophe stands before whatever the
 * spreadsheet would take for a formula. Every other text comes back as it is.
 */
export const withoutFormulas = (text: string): string => text.replace(CELL_STARTS, "$1'$2");
