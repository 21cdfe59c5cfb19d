const ROUNDED = /^([1-9])(?:[.,]([0-9]{1,14}))?E\+?([0-9]{1,2})$/i;

/**
 * Whether a cell shows this number. A spreadsheet shows a number of twelve digits and more as `1.23E+11` or,
 * by its language, `1,23E+11`, and saves what it shows: then the digits that are left decide. `number` is
 * above 0.
 */
export function showsNumber(cell: string, number: bigint): boolean {
  if (cell === number.toString()) return true;
  const [, whole, more = '', exponent] = ROUNDED.exec(cell) ?? [];
  if (whole === undefined) return false;
  const dropped = Number(exponent) - more.length;
  if (dropped < 0) return false;
  const scale = 10n ** BigInt(dropped);
  return (number + scale / 2n) / scale === BigInt(whole + more);
}
