/**
 * Countries whose accounts SEPA reaches, by the first letters of their IBANs, with what follows the check
 * digits there: digits (n), capitals (a) or both (c), each with how many.
 *
 * Countries: EPC409-09, "List of SEPA Scheme Countries" (https://www.europeanpaymentscouncil.eu), as of May
 * 2026, when Serbia's banks were ready. Territories have the IBANs of France, Finland and the United Kingdom,
 * and Gibraltar its own. Structures: the IBAN registry of SWIFT
 * (https://www.swift.com/standards/data-standards/iban).
 */
const STRUCTURES: ReadonlyMap<string, string> = new Map(
  (
    'AD:n8c12 AL:n8c16 AT:n16 BE:n12 BG:a4n6c8 CH:n5c12 CY:n8c16 CZ:n20 DE:n18 DK:n14 EE:n16 ES:n20 FI:n14 ' +
    'FR:n10c11n2 GB:a4n14 GI:a4c15 GR:n7c16 HR:n17 HU:n24 IE:a4n14 IS:n22 IT:a1n10c12 LI:n5c12 LT:n16 ' +
    'LU:n3c13 LV:a4c13 MC:n10c11n2 MD:c20 ME:n18 MK:n3c10n2 MT:a4n5c18 NL:a4n10 NO:n11 PL:n24 PT:n21 ' +
    'RO:a4c16 RS:n18 SE:n20 SI:n15 SK:n20 SM:a1n10c12 VA:n18'
  )
    .split(' ')
    .map((entry): [string, string] => [entry.slice(0, 2), entry.slice(3)]),
);
const CLASSES: Readonly<Record<string, string>> = { n: '[0-9]', a: '[A-Z]', c: '[A-Z0-9]' };

/** ISO 9362, as the schema of `pain.001.001.09` has it. */
const BIC = /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/;

/** A text as banks exchange it: without spaces, in capitals. */
const electronic = (text: string): string => text.replaceAll(/\s/g, '').toUpperCase();

/**
 * An IBAN as banks exchange it, without spaces; null when it is none by ISO 13616 (its country's structure,
 * and the check digits), or when SEPA does not reach its country.
 */
export function sepaIban(text: string): string | null {
  const iban = electronic(text);
  const structure = STRUCTURES.get(iban.slice(0, 2));
  if (structure === undefined) return null;
  const pattern = structure.replaceAll(/([nac])([0-9]+)/g, (_, kind: string, count: string) => {
    return `${CLASSES[kind]}{${count}}`;
  });
  return new RegExp(`^[A-Z]{2}[0-9]{2}${pattern}$`).test(iban) && hasCheckDigits(iban) ? iban : null;
}

/**
 * ISO 13616 after ISO/IEC 7064, MOD 97-10: with its first four characters at the end and each letter as a
 * number from 10 to 35, an IBAN leaves 1 when divided by 97.
 */
function hasCheckDigits(iban: string): boolean {
  const turned = iban.slice(4) + iban.slice(0, 4);
  const digits = turned.replaceAll(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)));
  return BigInt(digits) % 97n === 1n;
}

/** A BIC by ISO 9362, in capitals; null when it is none. */
export function bicOf(text: string): string | null {
  const bic = electronic(text);
  return BIC.test(bic) ? bic : null;
}
