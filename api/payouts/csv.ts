import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { withoutFormulas } from '../../domain/payouts/formula.ts';

/** What separates the cells of a file: Excel saves by the language of the computer. */
const SEPARATORS = [',', ';', '\t'] as const;
const COLUMNS_MAX = 64;
const CELL_LENGTH_MAX = 4_096;

/** Line ends of RFC 4180. */
const LINE_END = '\r\n';

/** A line of a file, by the names of its columns. */
export interface CsvLine {
  /** Where it begins in the file; 1 is the file's first line. */
  readonly number: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** Columns that a file has to have, and others that are read where they are there, in lower case. */
export interface CsvColumns {
  readonly needed: readonly string[];
  readonly optional: readonly string[];
}

/** Lines with the columns that were asked for, or the reason why there are none, as the end of a sentence. */
export type CsvRead =
  | { readonly ok: true; readonly lines: readonly CsvLine[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Rows as CSV (RFC 4180) for people: a cell with a quote, a separator of any spreadsheet or a break, a lone
 * CR or LF too, is quoted, and no cell begins a formula.
 */
export const csvForPeople = (rows: readonly (readonly string[])[]): string =>
  stringify(
    rows.map((row) => row.map(withoutFormulas)),
    { record_delimiter: LINE_END, quoted_match: [/[;\t\r\n]/] },
  );

/**
 * Reads a CSV, separated by commas, semicolons or tabs. Other columns may be there, twice too. Reads what
 * Excel saves: a mark of the encoding, a line `sep=`, lines that leave out or add empty
 * cells at their end, and lines of empty cells alone, which are left out.
 */
export function readCsv(text: string, { needed, optional }: CsvColumns): CsvRead {
  const { body, separators } = unmark(text);
  const head = separators.map((separator) => ({ separator, columns: headOf(body, separator) }));
  const found = head.find(({ columns }) => needed.every((name) => columns.includes(name)));
  if (found === undefined) return wrong(`has to have the columns ${needed.join(' and ')}`);
  const { columns, separator } = found;
  const isTwice = (name: string) => columns.indexOf(name) !== columns.lastIndexOf(name);
  const twin = [...needed, ...optional].find(isTwice);
  if (twin !== undefined) return wrong(`has the column ${twin} twice`);
  if (columns.length > COLUMNS_MAX) return wrong(`has at most ${COLUMNS_MAX} columns`);
  try {
    const [, ...rows] = recordsOf(body, separator);
    const lines = rows.filter(({ cells }) => cells.some((cell) => cell !== ''));
    const long = lines.find(({ cells }) => cells.slice(columns.length).some((cell) => cell !== ''));
    if (long !== undefined) return wrong(`has more cells than columns in line ${long.number}`);
    const named = ({ cells }: Row) => Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? '']));
    return { ok: true, lines: lines.map((row) => ({ number: row.number, cells: named(row) })) };
  } catch (error) {
    return wrong(error instanceof CsvError ? `is no CSV from line ${error['lines']} on` : 'is no CSV');
  }
}

interface Row {
  readonly number: number;
  readonly cells: readonly string[];
}

const wrong = (reason: string): CsvRead => ({ ok: false, reason });

/**
 * The text without marks, each line where it was, with line feeds alone: csv-parse counts a quoted CRLF as
 * two lines. The second mark is what UTF-8's becomes where it is taken for Windows-1252.
 */
function unmark(text: string): { readonly body: string; readonly separators: readonly string[] } {
  const plain = text.replace(/^(?:\ufeff|ï»¿)/, '').replaceAll(/\r\n?/g, '\n');
  const [line, separator] = /^"?sep=([,;\t])"?(?=\n)/i.exec(plain) ?? [];
  if (line === undefined || separator === undefined) return { body: plain, separators: SEPARATORS };
  return { body: plain.slice(line.length), separators: [separator] };
}

/** The columns' names in lower case, without empty ones at the end; none where the line cannot be read. */
function headOf(body: string, separator: string): string[] {
  try {
    const [head] = recordsOf(body, separator, 1);
    const names = (head?.cells ?? []).map((name) => name.toLowerCase());
    return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
  } catch {
    return [];
  }
}

function recordsOf(body: string, separator: string, most = -1): Row[] {
  const records = parse(body, {
    delimiter: separator,
    record_delimiter: '\n',
    info: true,
    to: most,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: COLUMNS_MAX * CELL_LENGTH_MAX,
  }) as unknown as { info: { lines: number }; record: string[] }[];
  // The library tells the line in which a record ends.
  const breaks = (cells: readonly string[]) => cells.join('').split('\n').length - 1;
  return records.map(({ info, record }) => ({ number: info.lines - breaks(record), cells: record }));
}
