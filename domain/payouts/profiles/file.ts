import { isCurrency } from '../../iso4217.ts';
import { ok, type Result, refuse } from '../../refusal.ts';
import { bicOf, sepaIban } from './account.ts';
import { isPayPalCurrency, type PayPalFile } from './paypal.ts';
import { SEPA_NAME_MAX, SEPA_REFERENCE_MAX, type SepaFile, type SepaPayer } from './sepa.ts';
import { sepaText } from './sepa-text.ts';
import type { WiseFile } from './wise.ts';

/** How a batch is paid in the format of another provider. */
export type PaymentFile = PayPalFile | WiseFile | SepaFile;

/** A field of the settings that the format forbids. */
export interface ForbiddenField {
  readonly field: string;
  readonly message: string;
}

/**
 * The settings as they go into the file, or the fields that their format forbids. Refuses with
 * `unit_mismatch` when the provider does not pay in the currency.
 */
export function checkPaymentFile(
  file: PaymentFile,
): Result<{ readonly file: PaymentFile; readonly forbidden: readonly ForbiddenField[] }> {
  if (file.profile === 'sepa') return ok(checkSepa(file));
  if (file.profile === 'paypal' && !isPayPalCurrency(file.currency)) {
    return refuse('unit_mismatch', 'PayPal does not pay in this currency.');
  }
  if (file.profile === 'wise' && !(isCurrency(file.currency) && isCurrency(file.sourceCurrency))) {
    return refuse('unit_mismatch', 'Wise pays in currencies of ISO 4217.');
  }
  return ok({ file, forbidden: [] });
}

function checkSepa(file: SepaFile) {
  const forbidden: ForbiddenField[] = [];
  const checked = (
    field: string,
    text: string | null,
    read: (text: string) => string | null,
    rule: string,
  ) => {
    if (text === null) return null;
    const value = read(text);
    if (value === null) forbidden.push({ field, message: rule });
    return value;
  };
  const textOf = (max: number) => (text: string) => sepaText(text, max);
  const words = (max: number) => `must be from 1 to ${max} characters that banks of SEPA take`;
  const { payer } = file;
  const named = checked('payer.name', payer.name, textOf(SEPA_NAME_MAX), words(SEPA_NAME_MAX));
  const iban = checked('payer.iban', payer.iban, sepaIban, 'must be an IBAN that SEPA reaches');
  const written: SepaPayer = {
    name: named ?? '',
    iban: iban ?? '',
    bic: checked('payer.bic', payer.bic, bicOf, 'must be a BIC'),
    town: checked('payer.town', payer.town, textOf(TOWN_MAX), words(TOWN_MAX)),
    country: payer.country,
  };
  const reference = checked(
    'reference',
    file.reference,
    textOf(SEPA_REFERENCE_MAX),
    words(SEPA_REFERENCE_MAX),
  );
  return { file: { ...file, payer: written, reference }, forbidden };
}

/** pain.001.001.09, PostalAddress24: the most characters of a town. */
const TOWN_MAX = 35;
