import { formatMoney } from '../../domain/money.ts';
import { UNIT } from './policy.ts';

const LINE_WIDTH = 112;

/** `9,468` */
export const number = (count: number): string => count.toLocaleString('en');
/** `9,468.45 USD` */
export const moneyText = (minor: bigint): string =>
  formatMoney({ minor, unit: UNIT }).replace(/\d(?=(?:\d{3})+\.)/g, '$&,');

/** Breaks a text into lines that begin with `indent`, the first one with `first`. */
export function wrap(text: string, first: string, indent: string): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    const isBegun = line !== first && line !== indent;
    if (isBegun && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === first || line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** A title with a line below it. */
export function heading(text: string): string[] {
  return ['', text, '─'.repeat(text.length)];
}
