/** ISO 4217 alphabetic code, or a program's points: `PTS` or `PTS_<NAME>`. */
export type Unit = string;

/**
 * Active codes of ISO 4217, list one ("current currency & funds", kept by SIX as maintenance agency of the
 * standard), by number of minor-unit digits. Left out: codes without a minor unit (metals, XDR, XSU, XUA,
 * XTS, XXX), and codes withdrawn since (HRK 2023, SLL and ZWL 2024, ANG and CUC 2025, BGN 2026).
 */
const CODES_BY_EXPONENT: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF ' +
    'CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD ' +
    'GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL ' +
    'MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR ' +
    'PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP ' +
    'TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

/** Minor-unit digits of every active currency: USD 2, JPY 0, KWD 3. */
export const CURRENCY_EXPONENTS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_EXPONENT).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(exponent)]),
  ),
);

/**
 * A program's own points; no ISO code has four letters or an underscore, so neither can be mistaken for the
 * other.
 */
const POINTS = /^PTS(?:_[A-Z0-9]{1,12})?$/;

/**
 * How many decimal digits a unit's minor denomination stands for; null when the unit is unknown. Points have
 * none.
 */
export function exponentOf(unit: Unit): number | null {
  return POINTS.test(unit) ? 0 : (CURRENCY_EXPONENTS.get(unit) ?? null);
}

/** Whether this is an active ISO 4217 code. */
export const isCurrency = (unit: string): boolean => CURRENCY_EXPONENTS.has(unit);

/** Whether this is an active ISO 4217 code or a points unit. */
export function isUnit(unit: string): boolean {
  return exponentOf(unit) !== null;
}

/** Whether this is a program's own points. */
export function isPointsUnit(unit: string): boolean {
  return POINTS.test(unit);
}
