type ListedValue = string | number | boolean | object | null | undefined;

const SPECIAL = /["\\]/g;

/**
 * PostgreSQL's text of an array, for a parameter that is cast to one. Rows that come as a list for each
 * column take it half the time of rows of JSON. What is absent, as a field that an old row lacks, is null.
 * An object comes as its JSON. Source: https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
 */
export const listText = (values: readonly ListedValue[]): string => `{${values.map(elementText).join(',')}}`;

/** The lists of some columns of rows, in that order. */
export const listTexts = <Row extends { readonly [column in Column]?: ListedValue }, Column extends string>(
  rows: readonly Row[],
  columns: readonly Column[],
): string[] => columns.map((column) => listText(rows.map((row) => row[column])));

function elementText(value: ListedValue): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value !== 'string' && typeof value !== 'object') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `"${text.replace(SPECIAL, '\\$&')}"`;
}
