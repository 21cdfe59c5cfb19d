import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { painError, painTexts } from '../support/pain.ts';
import { usePayoutsApi } from './payouts-harness.ts';
import { expectRefused } from './refusal.ts';

const { api, waiting, batchOf, batchFor, importCsv } = usePayoutsApi();
const PAYER = { name: 'Müller GmbH', iban: 'DE02 1203 0000 0000 2020 51', town: 'Berlin', country: 'DE' };
const SEPA = { profile: 'sepa', payer: PAYER, reference: 'November' };
const PAYPAL = { profile: 'paypal', currency: 'USD', note: 'Thank you' };
const WISE = { profile: 'wise', currency: 'USD', sourceCurrency: 'EUR' };
const ANN = { iban: 'FR1420041010050500013M02606', name: 'Ann Lée' };
const BOB = { iban: 'NL91ABNA0417164300', name: 'Bob' };
const digits = (id = '') => id.replaceAll('-', '');
const take = (id: string, more: object = {}) => api.mutate('payouts.exportPayments', { id, ...more });

describe('the payments of a batch', () => {
  it('are an order to a bank of SEPA by the published schema, the same each time', async () => {
    const { batch, ids } = await batchFor(SEPA, [ANN, BOB], { unit: 'EUR' });
    expect(batch).toMatchObject({ profile: 'sepa', lines: 2, exportedAt: null });
    const { data } = await take(batch.id, { executeOn: '2026-12-01' });
    expect(data).toMatchObject({ profile: 'sepa', lines: 2, mediaType: 'application/xml' });
    expect(painError(data.file)).toBeNull();
    expect(painTexts(data.file, 'GrpHdr/MsgId')).toEqual([digits(batch.id)]);
    expect(painTexts(data.file, 'PmtId/EndToEndId')).toEqual(ids.map(digits));
    expect(painTexts(data.file, 'Cdtr/Nm')).toEqual(['Ann Lee', 'Bob']);
    expect(painTexts(data.file, 'CdtrAcct/Id/IBAN')).toEqual([ANN.iban, BOB.iban]);
    expect(painTexts(data.file, 'DbtrAcct/Id/IBAN')).toEqual(['DE02120300000000202051']);
    expect(painTexts(data.file, 'ReqdExctnDt/Dt')).toEqual(['2026-12-01']);
    const rows = await api.db.redemption.findMany({ where: { id: { in: ids } } });
    expect((await take(batch.id, { executeOn: '2026-12-01' })).data.file).toBe(data.file);
    expect(await api.db.redemption.findMany({ where: { id: { in: ids } } })).toEqual(rows);
  });

  it('are a file for PayPal, or for Wise, as a program reads it', async () => {
    const paypal = await batchFor(PAYPAL, [{ paypal: 'ann@example.com' }, { paypal: 'a,"b@example.com' }]);
    await expectRefused(api, () => take(paypal.batch.id), { status: 422, code: 'destination_invalid' });
    await api.db.redemption.updateMany({ where: { id: paypal.ids[1] ?? '' }, data: { status: 'released' } });
    const file = (await take(paypal.batch.id)).data;
    expect(file).toMatchObject({ lines: 1, mediaType: 'text/csv; charset=utf-8' });
    expect(parse(file.file)).toEqual([
      ['ann@example.com', '20.00', 'USD', digits(paypal.ids[0]).slice(2), 'Thank you', 'PAYPAL'],
    ]);
    const wise = await batchFor(WISE, [{ wiseRecipientId: '148563324', name: 'Lee, "Ann"' }]);
    expect(parse((await take(wise.batch.id)).data.file, { columns: true })).toMatchObject([
      { recipientId: '148563324', name: 'Lee, "Ann"', sourceCurrency: 'EUR', amount: '20.00' },
    ]);
  });

  it('leave out what was paid, or is told to be, since', async () => {
    const { batch, ids } = await batchFor(SEPA, [ANN, BOB, BOB], { unit: 'EUR' });
    await api.db.redemption.updateMany({ where: { id: ids[0] ?? '' }, data: { status: 'settled' } });
    await importCsv(batch.id, `${ids[1]},paid,bank-1`);
    const { data } = await take(batch.id);
    expect(painTexts(data.file, 'PmtId/EndToEndId')).toEqual([digits(ids[2])]);
    expect(painTexts(data.file, 'ReqdExctnDt/Dt')).toEqual([batch.createdAt.slice(0, 10)]);
    await importCsv(batch.id, `${ids[2]},failed,`);
    await expectRefused(api, () => take(batch.id), { status: 409, code: 'conflict' });
  });

  it('that the format forbids are named, and none is exported', async () => {
    const { batch, ids } = await batchFor(
      SEPA,
      [ANN, { ...BOB, iban: 'NL92ABNA0417164300' }, { iban: ANN.iban }],
      {
        unit: 'EUR',
      },
    );
    const { text } = await expectRefused(api, () => take(batch.id), {
      status: 422,
      code: 'destination_invalid',
    });
    expect(JSON.parse(text).error.data.issues).toEqual([
      { path: `redemptions.${ids[1]}`, message: expect.stringContaining('iban') },
      { path: `redemptions.${ids[2]}`, message: expect.stringContaining('name') },
    ]);
    expect(text).not.toContain('NL92');
    expect((await api.query('payouts.getBatch', { id: batch.id })).data.exportedAt).toBeNull();
  });

  it('are only for a key that may see destinations, on record, and in no replay', async () => {
    const { batch } = await batchFor(PAYPAL, [{ paypal: 'ann@example.com' }]);
    const operator = await api.key(['payouts:write']);
    const send = () => api.mutate('payouts.exportPayments', { id: batch.id }, { key: operator.token });
    await expectRefused(api, send, { status: 403, code: 'scope_missing' });
    const keyed = () =>
      api.mutate('payouts.exportPayments', { id: batch.id }, { idempotencyKey: 'payments-1' });
    expect((await keyed()).data.file).toContain('ann@example.com');
    expect((await keyed()).data).toMatchObject({ lines: 1, file: null });
    const log = await api.query('audit.list', { subject: batch.id });
    const entries = log.data.items.filter(
      ({ action }: { action: string }) => action === 'payouts.payments_exported',
    );
    expect(entries).toMatchObject([{ detail: { profile: 'paypal', lines: 1 } }]);
    const kept = await api.db.idempotencyKey.findMany({ where: { procedure: 'payouts.exportPayments' } });
    expect(JSON.stringify(kept)).not.toContain('ann@');
  });

  it('are none of a batch that was made without them, nor of another program’s', async () => {
    const { batch } = await batchOf(1);
    expect(batch.profile).toBeNull();
    await expectRefused(api, () => take(batch.id), { status: 409, code: 'conflict' });
    const { key } = await api.program();
    const foreign = () => api.mutate('payouts.exportPayments', { id: batch.id }, { key });
    await expectRefused(api, foreign, { status: 404, code: 'not_found' });
  });
});

describe('a batch that is paid in another format', () => {
  it('holds what can be paid so alone, and the rest waits for another', async () => {
    const points = { unit: 'PTS', valueMinor: 500n };
    const wanted = await waiting({ ...points, valueUnit: 'EUR', destination: ANN });
    const others = [
      await waiting({ ...points, valueUnit: 'USD', destination: ANN }),
      await waiting({ ...points, valueUnit: 'EUR', destination: { paypal: 'ann@example.com' } }),
      await waiting({ ...points, valueUnit: 'EUR', destination: { iban: { not: 'a text' } } }),
      await waiting({ ...points, valueUnit: 'EUR' }),
    ];
    const make = () => api.mutate('payouts.createBatch', { name: 'November', unit: 'PTS', payment: SEPA });
    const { data } = await make();
    expect(data).toMatchObject({ lines: 1, unit: 'PTS', profile: 'sepa' });
    expect(painTexts((await take(data.id)).data.file, 'PmtId/EndToEndId')).toEqual([digits(wanted)]);
    const left = await api.db.redemption.findMany({ where: { id: { in: others } } });
    expect(left.map(({ batchId }) => batchId)).toEqual([null, null, null, null]);
    await expectRefused(api, make, { status: 409, code: 'conflict' });
  });

  it.each<[string, object, number, string]>([
    ['a payer without an IBAN of SEPA', { ...SEPA, payer: { ...PAYER, iban: 'DE03' } }, 400, 'input_invalid'],
    [
      'a payer in signs that banks do not take',
      { ...SEPA, payer: { ...PAYER, name: '山' } },
      400,
      'input_invalid',
    ],
    [
      'a town without its country',
      { ...SEPA, payer: { ...PAYER, country: undefined } },
      400,
      'input_invalid',
    ],
    ['a note of more than PayPal takes', { ...PAYPAL, note: 'a'.repeat(401) }, 400, 'input_invalid'],
    ['a note of two lines', { ...PAYPAL, note: 'a\nb' }, 400, 'input_invalid'],
    ['a currency that PayPal does not pay', { ...PAYPAL, currency: 'KWD' }, 422, 'unit_mismatch'],
    ['a currency that does not exist', { ...WISE, sourceCurrency: 'ZZZ' }, 422, 'unit_mismatch'],
    ['a reference of more than Wise takes', { ...WISE, reference: 'a'.repeat(11) }, 400, 'input_invalid'],
    ['a format that is none', { profile: 'giro' }, 400, 'input_invalid'],
  ])('is not made with %s', async (_what, payment, status, code) => {
    await waiting({ destination: { ...ANN, paypal: 'ann@example.com', wiseRecipientId: '1' } });
    const send = () => api.mutate('payouts.createBatch', { name: 'November', unit: 'USD', payment });
    await expectRefused(api, send, { status, code });
  });
});
