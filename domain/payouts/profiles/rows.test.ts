import { describe, expect, test } from 'vitest';
import { checkPaymentFile } from './file.ts';
import { type PayPalFile, payPalRow } from './paypal.ts';
import { WISE_HEAD, type WiseFile, wiseRow } from './wise.ts';

const ID = '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d';
const payment = (destination: Record<string, string>, minor = 2_000n, unit = 'USD') => ({
  redemptionId: ID,
  amount: { minor, unit },
  destination,
});

describe('a line for PayPal Payouts', () => {
  const file: PayPalFile = { profile: 'paypal', currency: 'USD', note: 'Thanks', decimalComma: false };
  const row = (destination: Record<string, string>, change: Partial<PayPalFile> = {}, minor = 2_000n) =>
    payPalRow(payment(destination, minor, change.currency), { ...file, ...change });

  test('has recipient, amount, currency, customer ID, note and wallet, in this order', () => {
    expect(row({ paypal: ' ann@example.com ' })).toEqual({
      ok: true,
      value: ['ann@example.com', '20.00', 'USD', '92f0c12f4e7a3b8c5d1e2f3a4b5c6d', 'Thanks', 'PAYPAL'],
    });
    expect(row({ paypal: 'ABCDEFGHJK234' })).toMatchObject({ ok: true });
  });

  test.each<[string, bigint, boolean, string]>([
    ['EUR', 2_000n, true, '20,00'],
    ['JPY', 500n, false, '500'],
    ['HUF', 50_000n, false, '500'],
    ['TWD', 100n, true, '1'],
  ])('in %s counts %s minor units (comma: %s) as %s', (currency, minor, decimalComma, expected) => {
    const made = row({ paypal: 'ann@example.com' }, { currency, decimalComma }, minor);
    expect(made.ok && made.value[1]).toBe(expected);
  });

  test.each<[string, Record<string, string>]>([
    ['no address', {}],
    ['what is no address', { paypal: 'ann' }],
    ['an address with a break', { paypal: 'a@b.example\nc@d.example' }],
    ['an address that a spreadsheet would change', { paypal: '+ann@example.com' }],
  ])('is refused with %s', (_what, destination) => {
    expect(row(destination)).toMatchObject({ ok: false, code: 'destination_invalid' });
  });

  test('is refused with a fraction that PayPal does not know', () => {
    expect(row({ paypal: 'ann@example.com' }, { currency: 'HUF' }, 50_050n)).toMatchObject({
      ok: false,
      code: 'amount_not_integer',
    });
  });

  test.each(['KWD', 'RUB', 'PTS'])('is not written in %s', (currency) => {
    expect(checkPaymentFile({ ...file, currency })).toMatchObject({ ok: false, code: 'unit_mismatch' });
  });
});

describe('a line for Wise', () => {
  const file: WiseFile = { profile: 'wise', currency: 'EUR', sourceCurrency: 'USD', reference: 'NOV' };
  const ann = { wiseRecipientId: '148563324', name: 'Ann Müller' };
  const row = (destination: Record<string, string>, minor = 2_000n, unit = 'EUR') =>
    wiseRow(payment(destination, minor, unit), { ...file, currency: unit });

  test('has a cell for each column of the template, and gives the exact amount', () => {
    const made = row(ann);
    const cells = made.ok ? made.value.map((cell, at) => [WISE_HEAD[at], cell]) : [];
    expect(Object.fromEntries(cells)).toEqual({
      recipientId: '148563324',
      name: 'Ann Müller',
      recipientEmail: '',
      recipientDetail: '',
      sourceCurrency: 'USD',
      targetCurrency: 'EUR',
      amountCurrency: 'target',
      amount: '20.00',
      paymentReference: 'NOV',
      receiverType: 'PERSON',
    });
  });

  test.each([
    ['JPY', 500n, '500'],
    ['KWD', 1_250n, '1.250'],
  ])('in %s writes %s minor units as %s', (unit, minor, expected) => {
    const made = row(ann, minor, unit);
    expect(made.ok && made.value[7]).toBe(expected);
  });

  test.each<[string, Record<string, string>]>([
    ['no recipient', { name: 'Ann' }],
    ['what is no recipient', { ...ann, wiseRecipientId: 'ann' }],
    ['no name', { wiseRecipientId: '1' }],
    ['a name of two lines', { ...ann, name: 'Ann\nLee' }],
    ['a name that is a formula', { ...ann, name: '=1+1' }],
    ['a type that is none', { ...ann, receiverType: 'ROBOT' }],
  ])('is refused with %s', (_what, destination) => {
    expect(row(destination)).toMatchObject({ ok: false, code: 'destination_invalid' });
  });

  test('goes to an institution where the destination says so, and to a recipient named by a UUID', () => {
    const made = row({ ...ann, wiseRecipientId: ID.toUpperCase(), receiverType: 'institution' });
    expect(made.ok && [made.value[0], made.value[9]]).toEqual([ID, 'INSTITUTION']);
  });

  test('is not written in points', () => {
    const points = { ...file, sourceCurrency: 'PTS' };
    expect(checkPaymentFile(points)).toMatchObject({ ok: false, code: 'unit_mismatch' });
  });
});
