/**
 * The one table of currencies. Sources, read in November 2026:
 *
 * - ISO 4217, lists one ("current currency & funds") and three ("historic denominations"), kept by SIX as
 *   maintenance agency of the standard, as published on 2026-01-01:
 *   https://www.six-group.com/en/products-services/financial-information/data-standards.html
 * - List three has no minor units. Those of withdrawn currencies are from `currency.properties` of OpenJDK
 *   25, which follows ISO 4217. What is in neither is left out, and so is what was withdrawn before 1990,
 *   since no event may be dated before.
 * - Left out of both lists: funds that were withdrawn, and codes without a minor unit (metals, XDR, XSU, XUA,
 *   XTS, XXX).
 * - https://docs.stripe.com/currencies, "Minor units in API amounts": zero-decimal and three-decimal
 *   currencies, and special cases.
 */

/** How Stripe counts a currency where it differs from ISO 4217, or does not take every amount. */
export type StripeCase =
  /** Without a minor unit, whatever ISO 4217 says. */
  | 'zero_decimal'
  /** In hundredths, always 00: ISO 4217 has no minor unit. */
  | 'zeros_added'
  /** In thousandths, the last of them 0. */
  | 'tens'
  /** In hundredths, yet only whole ones are paid out to a bank. */
  | 'whole_payouts';

export interface Currency {
  /** Digits of the minor unit: USD 2, JPY 0, KWD 3. */
  readonly digits: number;
  /** The month in which the code was withdrawn, such as `2002-03`; null: it is in use. */
  readonly withdrawn: string | null;
  readonly stripe: StripeCase | null;
}

const IN_USE: Readonly<Record<number, string>> = {
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

/** Where list three names several months, the last of them. */
const WITHDRAWN: Readonly<Record<number, string>> = {
  0:
    'BYB 2001-01 BEF 2002-03 ESP 2002-03 GRD 2002-03 ITL 2002-03 LUF 2002-03 PTE 2002-03 TPE 2002-11 ' +
    'ADP 2003-07 MGF 2004-12 ROL 2005-06 TRL 2005-12 BYR 2017-01',
  2:
    'GWP 1997-05 ATS 2002-03 DEM 2002-03 FIM 2002-03 FRF 2002-03 IEP 2002-03 NLG 2002-03 AFA 2003-01 ' +
    'YUM 2003-07 BGL 2003-11 SRG 2003-12 RUR 2004-01 AYM 2005-10 AZM 2005-12 MZM 2006-06 ZWN 2006-09 ' +
    'CSD 2006-10 SIT 2007-01 SDD 2007-07 CYP 2008-01 GHC 2008-01 MTL 2008-01 VEB 2008-01 ZWD 2008-08 ' +
    'SKK 2009-01 TMM 2009-01 ZWR 2009-06 EEK 2011-01 ZMK 2012-12 LVL 2014-01 LTL 2014-12 MRO 2017-12 ' +
    'STD 2017-12 VEF 2018-08 CUC 2021-06 HRK 2023-01 SLL 2023-12 ZWL 2024-09 ANG 2025-03 BGN 2026-01',
};

const STRIPE: Readonly<Record<StripeCase, string>> = {
  zero_decimal: 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF',
  zeros_added: 'ISK UGX',
  tens: 'BHD JOD KWD OMR TND',
  whole_payouts: 'HUF TWD',
};

const STRIPE_CASES = new Map(
  Object.entries(STRIPE).flatMap(([name, codes]) =>
    codes.split(' ').map((code): [string, StripeCase] => [code, name as StripeCase]),
  ),
);

type Row = readonly [code: string, currency: Currency];

const rowOf = (code: string, digits: string, withdrawn: string | null): Row => [
  code,
  { digits: Number(digits), withdrawn, stripe: STRIPE_CASES.get(code) ?? null },
];

/** Every currency by its code, those that were withdrawn too. */
export const CURRENCIES: ReadonlyMap<string, Currency> = new Map([
  ...Object.entries(IN_USE).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => rowOf(code, digits, null)),
  ),
  ...Object.entries(WITHDRAWN).flatMap(([digits, lives]) =>
    [...lives.matchAll(/([A-Z]{3}) (\S+)/g)].map(([, code = '', month = '']) => rowOf(code, digits, month)),
  ),
]);
