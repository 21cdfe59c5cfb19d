import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { painError, painTexts } from '../../../tests/support/pain.ts';
import { checkPaymentFile } from './file.ts';
import { painDocument, type SepaFile, type SepaTransfer, sepaTransfer } from './sepa.ts';
import { sepaText } from './sepa-text.ts';

const REDEMPTION = '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d';
const eur = (minor: bigint) => ({ minor, unit: 'EUR' });
const paying = (destination: Record<string, string>, amount = eur(2_000n)) =>
  sepaTransfer({ redemptionId: REDEMPTION, amount, destination });
const ann = { iban: 'DE89 3704 0044 0532 0130 00', name: 'Ann Müller' };
const payer = { name: 'Shop GmbH', iban: 'DE02120300000000202051', bic: null, town: null, country: null };
const file: SepaFile = { profile: 'sepa', currency: 'EUR', payer, reference: null };
const order = { batchId: REDEMPTION, madeAt: '2026-11-30T02:00:00.000Z', executeOn: '2026-12-01' };
const transfer = (minor: bigint, change: Partial<SepaTransfer> = {}): SepaTransfer => ({
  endToEndId: 'e1',
  amount: eur(minor),
  name: 'Ann',
  iban: 'DE89370400440532013000',
  bic: null,
  ...change,
});

describe('a text', () => {
  test.each([
    ['Ann Müller', 'Ann Muller'],
    ['Łukasz Wałęsa', 'Lukasz Walesa'],
    ['Søren Straße & Söhne', 'Soren Strasse + Sohne'],
    ['O’Neil\n(Ltd.)', "O'Neil (Ltd.)"],
    ['ﬁne', 'fine'],
  ])('%j is written %j', (text, expected) => {
    expect(sepaText(text, 70)).toBe(expected);
  });

  test.each(['', ' ', 'Иван', '山田', 'a<b', 'Ann 😀', 'a'.repeat(71), 'a@b'])('%j is forbidden', (text) => {
    expect(sepaText(text, 70)).toBeNull();
  });

  test('never leaves the characters that every bank takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
        expect(sepaText(text, 70) ?? 'x').toMatch(/^[A-Za-z0-9/\-?:().,'+ ]{1,70}$/);
      }),
    );
  });
});

describe('a payment', () => {
  test('has the account and the name as banks take them', () => {
    expect(paying(ann)).toEqual({
      ok: true,
      value: {
        endToEndId: '0192f0c12f4e7a3b8c5d1e2f3a4b5c6d',
        amount: eur(2_000n),
        name: 'Ann Muller',
        iban: 'DE89370400440532013000',
        bic: null,
      },
    });
  });

  test.each<[string, Record<string, string>, bigint, string, string]>([
    ['without a name', { iban: ann.iban }, 1n, 'destination_invalid', 'name'],
    ['with a name that no bank takes', { ...ann, name: '山田' }, 1n, 'destination_invalid', 'name'],
    ['without an account', { name: 'Ann' }, 1n, 'destination_invalid', 'iban'],
    [
      'with a mistyped account',
      { ...ann, iban: 'DE88370400440532013000' },
      1n,
      'destination_invalid',
      'iban',
    ],
    ['with a BIC that is none', { ...ann, bic: 'COBA' }, 1n, 'destination_invalid', 'bic'],
    ['of more than SEPA pays', ann, 100_000_000_000n, 'amount_too_large', 'SEPA'],
  ])('%s is refused, and its content is not told', (_what, destination, minor, code, word) => {
    const refused = paying(destination, eur(minor));
    expect(refused).toMatchObject({ ok: false, code, message: expect.stringContaining(word) });
    for (const content of Object.values(destination)) expect(JSON.stringify(refused)).not.toContain(content);
  });

  test('in another currency is refused', () => {
    expect(paying(ann, { minor: 1n, unit: 'USD' })).toMatchObject({ ok: false, code: 'unit_mismatch' });
  });
});

describe('the payer', () => {
  test('is written as banks take it, and what they do not take is named', () => {
    const change = { ...payer, name: 'Müller', iban: 'de02 1203 0000 0000 2020 51', bic: 'byladem1001' };
    expect(checkPaymentFile({ ...file, payer: change })).toMatchObject({
      value: { file: { payer: { name: 'Muller', iban: payer.iban, bic: 'BYLADEM1001' } }, forbidden: [] },
    });
    const wrong = { name: '山', iban: 'DE1', bic: 'x', town: '東京', country: 'JP' };
    const answer = checkPaymentFile({ ...file, payer: wrong, reference: 'a'.repeat(141) });
    expect(answer.ok && answer.value.forbidden.map(({ field }) => field)).toEqual([
      'payer.name',
      'payer.iban',
      'payer.bic',
      'payer.town',
      'reference',
    ]);
  });
});

describe('the order to a bank', () => {
  test('is a pain.001.001.09 by the published schema, which finds what is missing', () => {
    const xml = painDocument(order, file, [transfer(2_000n), transfer(5n, { bic: 'COBADEFFXXX' })]);
    expect(painError(xml)).toBeNull();
    expect(painError(xml.replace('<PmtMtd>TRF</PmtMtd>', ''))).toContain('PmtMtd');
    expect(painTexts(xml, 'GrpHdr/NbOfTxs')).toEqual(['2']);
    expect(painTexts(xml, 'PmtInf/CtrlSum')).toEqual(['20.05']);
    expect(painTexts(xml, 'PmtInf/PmtTpInf/SvcLvl/Cd')).toEqual(['SEPA']);
    expect(painTexts(xml, 'CdtTrfTxInf/Amt/InstdAmt')).toEqual(['20.00', '0.05']);
    expect(painTexts(xml, 'DbtrAgt/FinInstnId/Othr/Id')).toEqual(['NOTPROVIDED']);
    expect(painTexts(xml, 'CdtrAgt/FinInstnId/BICFI')).toEqual(['COBADEFFXXX']);
  });

  test('is valid whatever the texts, and says the same each time', () => {
    const text = (max: number) =>
      fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: max })
        .map((raw) => sepaText(raw, max))
        .filter((latin) => latin !== null);
    const payers = fc.record({
      name: text(70),
      iban: fc.constant(payer.iban),
      bic: fc.constantFrom(null, 'BYLADEM1001'),
      town: text(35),
      country: fc.constantFrom('DE', 'CH'),
    });
    const amounts = fc.array(fc.bigInt(1n, 99_999_999_999n), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(payers, text(70), fc.option(text(140)), amounts, (from, name, reference, minors) => {
        const made = { ...file, payer: from, reference };
        const transfers = minors.map((minor) => transfer(minor, { name }));
        const xml = painDocument(order, made, transfers);
        expect(painError(xml)).toBeNull();
        expect(painDocument(order, made, transfers)).toBe(xml);
        expect(painTexts(xml, 'Cdtr/Nm')).toEqual(minors.map(() => name));
      }),
      { numRuns: 50 },
    );
  });
});
