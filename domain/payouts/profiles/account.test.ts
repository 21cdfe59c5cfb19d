import fc from 'fast-check';
import { isValidIBAN, ValidationErrorsIBAN, validateIBAN } from 'ibantools';
import { describe, expect, test } from 'vitest';
import { bicOf, sepaIban } from './account.ts';

/** The examples of the IBAN registry of SWIFT, for each country of SEPA. */
const EXAMPLES = (
  'AD1200012030200359100100 AL47212110090000000235698741 AT611904300234573201 BE68539007547034 ' +
  'BG80BNBG96611020345678 CH9300762011623852957 CY17002001280000001200527600 ' +
  'CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243 EE382200221020145685 ' +
  'ES9121000418450200051332 FI2112345600000785 FR1420041010050500013M02606 GB29NWBK60161331926819 ' +
  'GI75NWBK000000007099453 GR1601101250000000012300695 HR1210010051863000160 ' +
  'HU42117730161111101800000000 IE29AIBK93115212345678 IS140159260076545510730339 ' +
  'IT60X0542811101000000123456 LI21088100002324013AA LT121000011101001000 LU280019400644750000 ' +
  'LV80BANK0000435195001 MC5811222000010123456789030 MD24AG000225100013104168 ' +
  'ME25505000012345678951 MK07250120000058984 MT84MALT011000012345MTLCAST001S NL91ABNA0417164300 ' +
  'NO9386011117947 PL61109010140000071219812874 PT50000201231234567890154 RO49AAAA1B31007593840000 ' +
  'RS35260005601001611379 SE4550000000058398257466 SI56263300012039086 SK3112000000198742637541 ' +
  'SM86U0322509800000000270100 VA59001123000012345678'
).split(' ');

describe('an account', () => {
  test.each(EXAMPLES)('%s is taken, in whatever way it is written, and no other check digits are', (iban) => {
    expect(sepaIban(iban.toLowerCase().replaceAll(/(.{4})/g, '$1 '))).toBe(iban);
    const digits = String((Number(iban.slice(2, 4)) + 1) % 100).padStart(2, '0');
    expect(sepaIban(`${iban.slice(0, 2)}${digits}${iban.slice(4)}`)).toBeNull();
  });

  test.each([
    '',
    'DE8937040044053201300',
    'BR1800360305000010009795493C1',
    'TR330006100519786457841326',
    'x',
  ])('%j is none of SEPA', (iban) => {
    expect(sepaIban(iban)).toBeNull();
  });

  test('has a BIC of eight or eleven letters and digits', () => {
    expect(bicOf('cobadeff xxx')).toBe('COBADEFFXXX');
    expect(bicOf('COBADEFF')).toBe('COBADEFF');
    expect(bicOf('COBADE')).toBeNull();
  });

  test('is taken as ibantools takes it, in every country of SEPA', () => {
    const specified = [...new Set(EXAMPLES.map((iban) => iban.slice(0, 2)))];
    const numbers = fc.string({
      unit: fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...specified),
        numbers,
        fc.nat(EXAMPLES.length - 1),
        (country, rest, at) => {
          const example = EXAMPLES[at] ?? '';
          for (const text of [
            `${country}${rest}`,
            `${example.slice(0, 4)}${rest}`,
            example.replace('0', '1'),
          ]) {
            // It also knows check digits within the number, which ISO 13616 leaves to each country.
            if (isValidIBAN(text)) expect(sepaIban(text)).toBe(text);
            const { errorCodes } = validateIBAN(text);
            const isOurs = errorCodes.every(
              (code) => code === ValidationErrorsIBAN.WrongAccountBankBranchChecksum,
            );
            expect(sepaIban(text) !== null).toBe(isOurs);
          }
        },
      ),
    );
  });
});
