import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvForPeople, readCsv } from '../../api/payouts/csv.ts';
import { usePayoutsApi } from './payouts-harness.ts';

const { api, batchOf, commandsOf } = usePayoutsApi();
const HEAD = ['redemption_id', 'amount_minor', 'outcome', 'reference'];

/** A file of two paid lines as a program saves it. */
const saved = (ids: readonly string[], separator: string, lineEnd: string) =>
  [HEAD, ...ids.map((id, at) => [id, '2000', 'paid', `bank-${at}`])]
    .map((cells) => cells.join(separator))
    .join(lineEnd);

describe('an exported file', () => {
  it('has each cell in quotes that RFC 4180 wants there, a lone CR or LF too', () => {
    const row = ['a,b', 'a"b', 'a\rb', 'a\nb', 'a\r\nb', 'a;b', 'a\tb', 'plain'];
    expect(csvForPeople([row])).toBe('"a,b","a""b","a\rb","a\nb","a\r\nb","a;b","a\tb",plain\r\n');
    expect(parse(csvForPeople([row]), { record_delimiter: '\r\n' })).toEqual([row]);
  });

  it('has no formula after a break or a separator within a cell', async () => {
    const { batch } = await batchOf(1, { destination: { name: 'Ann\r\n=1+1;@x' }, externalId: 'a;-1' });
    const { data } = await api.mutate('payouts.exportBatch', { id: batch.id, withDestination: true });
    const [line] = parse<Record<string, string>>(data.csv, { columns: true, record_delimiter: '\r\n' });
    expect(line).toMatchObject({ external_id: "a;'-1", 'destination.name': "Ann\r\n'=1+1;'@x" });
  });
});

describe('a file of results is read', () => {
  it.each<[string, (ids: readonly string[]) => string]>([
    ['with semicolons', (ids) => saved(ids, ';', '\r\n')],
    ['with tabs', (ids) => saved(ids, '\t', '\n')],
    ['with the lines of an old Macintosh', (ids) => saved(ids, ',', '\r')],
    ['with the mark of its encoding', (ids) => `\ufeff${saved(ids, ';', '\r\n')}`],
    ['with that mark in another encoding', (ids) => `ï»¿${saved(ids, ';', '\r\n')}`],
    ['with its separator in the first line', (ids) => `sep=;\r\n${saved(ids, ';', '\r\n')}`],
    ['with empty cells and lines after it', (ids) => `${saved(ids, ';', ';;\r\n')};;\r\n;;;\r\n;;\r\n`],
    ['in quotes throughout', (ids) => saved(ids, '","', '"\r\n"').replace(/^.*$/s, '"$&"')],
  ])('%s', async (_what, file) => {
    const { batch, ids } = await batchOf(2);
    const answer = await api.mutate('payouts.importResults', { id: batch.id, csv: file(ids) });
    expect(answer.data).toMatchObject({ taken: 2, unchanged: 0, failed: 0, errors: [] });
    expect(await commandsOf(ids)).toHaveLength(2);
  });

  it('without the empty cells that Excel leaves out at the end of lines', async () => {
    const { batch, ids } = await batchOf(2);
    const csv = `redemption_id;outcome;reference\r\n${ids[0]};paid\r\n${ids[1]}\r\n`;
    const answer = await api.mutate('payouts.importResults', { id: batch.id, csv });
    expect(answer.data).toMatchObject({ taken: 1, unchanged: 1, failed: 0 });
  });

  it('with destinations whose fields differ in case alone, as it was exported', async () => {
    const { batch, ids } = await batchOf(1, { destination: { IBAN: 'DE1', iban: 'DE2' } });
    const { data } = await api.mutate('payouts.exportBatch', { id: batch.id, withDestination: true });
    const csv = data.csv.replaceAll(/,,(\r\n|$)/g, ',paid,bank-9$1');
    const answer = await api.mutate('payouts.importResults', { id: batch.id, csv });
    expect(answer.data).toMatchObject({ taken: 1, failed: 0 });
    expect(await commandsOf(ids)).toHaveLength(1);
  });

  it('with an amount that a spreadsheet shows rounded', async () => {
    const { batch, ids } = await batchOf(1, { amountMinor: 123_456_789_012n });
    const send = (amount: string) => {
      const csv = `redemption_id;amount_minor;outcome\r\n${ids[0]};${amount};paid`;
      return api.mutate('payouts.importResults', { id: batch.id, csv });
    };
    expect((await send('1,23999E+11')).data).toMatchObject({ taken: 0, failed: 1 });
    expect((await send('1,23457E+11')).data).toMatchObject({ taken: 1, failed: 0 });
  });
});

describe('the errors of a file', () => {
  it.each(['\n', '\r\n', '\r'])('have the file’s own line numbers, with the line end %j', async (end) => {
    const { batch, ids } = await batchOf(1);
    const csv = [
      'sep=,',
      'redemption_id,external_id,outcome',
      '',
      `${ids[0]},"Ann`,
      '',
      'Lee",maybe',
      ',,',
      'x,y,paid',
    ].join(end);
    const answer = await api.mutate('payouts.importResults', { id: batch.id, csv });
    expect(answer.data.errors).toMatchObject([
      { line: 4, code: 'input_invalid' },
      { line: 8, code: 'not_found' },
    ]);
  });

  it.each<[string, string, string]>([
    ['more cells than columns', 'redemption_id,outcome\n\n1,paid,x', 'line 3'],
    ['a quote within a cell', 'redemption_id,outcome\n1,paid\n"2"x,paid', 'line 3'],
  ])('name the line of %s', (_what, csv, expected) => {
    expect(readCsv(csv, { needed: ['redemption_id', 'outcome'], optional: [] })).toEqual({
      ok: false,
      reason: expect.stringContaining(expected),
    });
  });
});
