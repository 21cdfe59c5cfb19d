import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { usePayoutsApi } from './payouts-harness.ts';
import { expectRefused } from './refusal.ts';

const { api, waiting, batchOf, commandsOf, importCsv } = usePayoutsApi();

describe('batches', () => {
  it('hold what waits to be paid by hand, each in one batch, also when two are made at once', async () => {
    const ids = [await waiting(), await waiting(), await waiting()];
    const make = () => api.mutate('payouts.createBatch', { name: 'November', unit: 'USD', limit: 2 });
    const made = await Promise.all([make(), make()]);
    const lines = made.map(({ data }) => data?.lines ?? 0);
    const rows = await api.db.redemption.findMany({ where: { id: { in: ids } } });
    const inBatches = rows.filter(({ batchId }) => batchId !== null).length;
    expect(lines.reduce((sum, n) => sum + n, 0)).toBe(inBatches);
    expect(lines).toContain(2);
    if (inBatches < 3) await make();
    const none = () => api.mutate('payouts.createBatch', { name: 'None', unit: 'USD' });
    await expectRefused(api, none, { status: 409, code: 'conflict' });
    expect((await api.query('payouts.listBatches')).data.items.length).toBeGreaterThan(1);
  });

  it('are exported without payout details, unless the key may see them, which is on record', async () => {
    const { batch, ids } = await batchOf(1, {
      destination: { iban: 'DE02120300000000202051', name: '=cmd|calc' },
      externalId: '=1+1',
    });
    const plain = await api.mutate('payouts.exportBatch', { id: batch.id });
    expect(plain.data.csv).not.toContain('DE0212');
    const operator = await api.key(['payouts:write']);
    const send = () =>
      api.mutate('payouts.exportBatch', { id: batch.id, withDestination: true }, { key: operator.token });
    await expectRefused(api, send, { status: 403, code: 'scope_missing' });
    const full = await api.mutate('payouts.exportBatch', { id: batch.id, withDestination: true });
    const [line] = parse<Record<string, string>>(full.data.csv, { columns: true });
    expect(line).toMatchObject({
      redemption_id: ids[0],
      external_id: "'=1+1",
      amount_minor: '2000',
      unit: 'USD',
      amount: '20.00 USD',
      'destination.iban': 'DE02120300000000202051',
      'destination.name': "'=cmd|calc",
      outcome: '',
    });
    const log = await api.query('audit.list', { subject: batch.id });
    expect(log.data.items[0]).toMatchObject({
      action: 'payouts.batch_exported',
      detail: { withDestination: true },
    });
    const kept = await api.db.idempotencyKey.findMany({ where: { procedure: 'payouts.exportBatch' } });
    expect(JSON.stringify(kept)).not.toContain('DE0212');
  });

  it('pay what is left of an amount after its fee', async () => {
    const { batch } = await batchOf(1, { feeMinor: 35n });
    const { data } = await api.mutate('payouts.exportBatch', { id: batch.id });
    expect(parse<Record<string, string>>(data.csv, { columns: true })[0]).toMatchObject({
      amount_minor: '1965',
    });
  });
});

describe('results', () => {
  it('become one command a redemption, and the same file again changes nothing', async () => {
    const { batch, ids } = await batchOf(3);
    const lines = [`${ids[0]},paid,bank-1`, `${ids[1]},failed,`, `${ids[2]},,`];
    expect((await importCsv(batch.id, ...lines)).data).toMatchObject({
      taken: 2,
      unchanged: 1,
      failed: 0,
      errors: [],
    });
    const again = await Promise.all([importCsv(batch.id, ...lines), importCsv(batch.id, ...lines)]);
    for (const { data } of again) expect(data).toMatchObject({ taken: 0, unchanged: 3, failed: 0 });
    const commands = await commandsOf(ids);
    expect(commands.map(({ type, workflowId, payload }) => [type, workflowId, payload])).toEqual(
      expect.arrayContaining([
        [
          'redemption.paid',
          `redemption-${ids[0]}`,
          expect.objectContaining({ providerRef: 'bank-1', batchId: batch.id }),
        ],
        ['redemption.failed', `redemption-${ids[1]}`, expect.objectContaining({ providerRef: null })],
      ]),
    );
    expect(commands).toHaveLength(2);
  });

  it('of a whole export come back as they were filled in', async () => {
    const { batch, ids } = await batchOf(2);
    const { data } = await api.mutate('payouts.exportBatch', { id: batch.id });
    const csv = data.csv.replaceAll(/,,(\r\n|$)/g, ',paid,bank-9$1');
    const answer = await api.mutate('payouts.importResults', { id: batch.id, csv: `\ufeff${csv}` });
    expect(answer.data).toMatchObject({ taken: 2, failed: 0 });
    expect(await commandsOf(ids)).toHaveLength(2);
  });

  it('that are wrong are told line by line, and the others are taken', async () => {
    const { batch, ids } = await batchOf(5);
    const { ids: foreign } = await batchOf(1);
    await api.db.redemption.updateMany({ where: { id: ids[1] ?? '' }, data: { status: 'released' } });
    await importCsv(batch.id, `${ids[2]},failed,`);
    const answer = await importCsv(
      batch.id,
      `${ids[0]},paid,bank-1`,
      `${ids[1]},paid,bank-2`,
      `${ids[2]},paid,bank-3`,
      `${ids[3]},maybe,`,
      `${ids[4]},paid,bank-5`,
      `${ids[4]},paid,bank-5`,
      `${foreign[0]},paid,bank-6`,
      'no-id,paid,bank-7',
    );
    expect(answer.data).toMatchObject({ taken: 2, unchanged: 0, failed: 6 });
    const errors = answer.data.errors.map(({ line, code }: { line: number; code: string }) => [line, code]);
    expect(errors).toEqual([
      [3, 'redemption_ended'],
      [4, 'already_resolved'],
      [5, 'input_invalid'],
      [7, 'conflict'],
      [8, 'not_found'],
      [9, 'not_found'],
    ]);
    expect(await commandsOf(foreign)).toEqual([]);
  });

  it('with an amount other than the one to be paid are refused', async () => {
    const { batch, ids } = await batchOf(1);
    const csv = `redemption_id,outcome,amount_minor,unit\n${ids[0]},paid,200000,USD`;
    const answer = await api.mutate('payouts.importResults', { id: batch.id, csv });
    expect(answer.data).toMatchObject({ taken: 0, failed: 1, errors: [{ line: 2, code: 'input_invalid' }] });
  });

  it.each<[string, string]>([
    ['no columns that are known', 'a,b\n1,2'],
    ['a column twice', 'redemption_id,outcome,outcome\n1,2,3'],
    ['more cells than columns', 'redemption_id,outcome\n1,paid,,x'],
    ['an open quote', 'redemption_id,outcome\n"1,2'],
    ['more lines than a batch', `redemption_id,outcome\n${'a,paid\n'.repeat(1_001)}`],
    ['nothing', ' '],
  ])('are no file with %s', async (_what, csv) => {
    const { batch } = await batchOf(1);
    const send = () => api.mutate('payouts.importResults', { id: batch.id, csv });
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
  });

  it('move on the count of a batch', async () => {
    const { batch, ids } = await batchOf(2);
    await api.db.redemption.updateMany({ where: { id: ids[0] ?? '' }, data: { status: 'settled' } });
    const { data } = await api.query('payouts.getBatch', { id: batch.id });
    expect(data).toMatchObject({ lines: 2, settled: 1, released: 0, open: 1 });
  });
});

describe('the endpoint', () => {
  it('has a secret that is shown once and stands nowhere', async () => {
    const set = () =>
      api.mutate(
        'payouts.setEndpoint',
        { url: 'https://shop.example/pay' },
        { idempotencyKey: 'endpoint-1' },
      );
    const { secret } = (await set()).data;
    expect(secret).toMatch(/^whsec_/);
    expect((await set()).data).toMatchObject({ secret: null, url: 'https://shop.example/pay' });
    const shown = await api.query('payouts.endpoint');
    expect(shown.data).toMatchObject({ url: 'https://shop.example/pay' });
    const rows = await api.db.payoutEndpoint.findMany();
    const kept = await api.db.idempotencyKey.findMany({ where: { procedure: 'payouts.setEndpoint' } });
    expect(shown.text + JSON.stringify([rows, kept])).not.toContain(secret.slice(6));
    await api.mutate('payouts.setEndpoint', { url: 'https://shop.example/other' });
    expect((await api.query('payouts.endpoint')).data.url).toBe('https://shop.example/other');
    expect((await api.mutate('payouts.removeEndpoint', undefined)).data).toEqual({ removed: true });
    await expectRefused(api, () => api.query('payouts.endpoint'), { status: 404, code: 'not_found' });
  });

  it.each([
    'http://shop.example/pay',
    'https://127.0.0.1/pay',
    'https://169.254.169.254/latest',
    'https://[::1]/',
    'https://u:p@shop.example/',
    'shop.example',
  ])('is not %s', async (url) => {
    const send = () => api.mutate('payouts.setEndpoint', { url });
    await expectRefused(api, send, { status: 422, code: 'endpoint_forbidden' });
  });
});

it('what belongs to another program is as good as absent', async () => {
  const { batch } = await batchOf(1);
  const other = await api.program();
  const foreign = { key: other.key };
  const absent = { status: 404, code: 'not_found' };
  await expectRefused(api, () => api.query('payouts.getBatch', { id: batch.id }, foreign), absent);
  await expectRefused(api, () => api.mutate('payouts.exportBatch', { id: batch.id }, foreign), absent);
  const file = { id: batch.id, csv: 'redemption_id,outcome\n' };
  await expectRefused(api, () => api.mutate('payouts.importResults', file, foreign), absent);
  await expectRefused(api, () => api.mutate('payouts.removeEndpoint', undefined, foreign), absent);
  expect((await api.query('payouts.listBatches', {}, foreign)).data.items).toEqual([]);
  const make = () => api.mutate('payouts.createBatch', { name: 'Mine', unit: 'USD' }, foreign);
  await expectRefused(api, make, { status: 409, code: 'conflict' });
});
