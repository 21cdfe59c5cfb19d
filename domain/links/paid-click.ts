/** A parameter by which an advertising network knows its click again. */
interface PaidClickParameter {
  /** As its owner spells it. */
  readonly name: string;
  readonly owner: string;
  /** A page that says so. */
  readonly source: string;
  /** When that page was read, as YYYY-MM-DD. */
  readonly readOn: string;
}

const READ_ON = '2026-11-30';
const named = (owner: string, source: string, names: readonly string[]): PaidClickParameter[] =>
  names.map((name) => ({ name, owner, source, readOn: READ_ON }));

const GOOGLE = 'https://developers.google.com/google-ads/api/reference/rpc/v24/ClickConversionResult';

/** The parameters that are kept with a click; docs/LINKS.md has the same table. */
export const PAID_CLICK_PARAMETERS: readonly PaidClickParameter[] = [
  ...named('Google', GOOGLE, ['gclid', 'gbraid', 'wbraid']),
  ...named('Google', 'https://support.google.com/google-ads/answer/16193746', [
    'gad_source',
    'gad_campaignid',
  ]),
  ...named('Google', 'https://developers.google.com/doubleclick-advertisers/guides/conversions_overview', [
    'dclid',
  ]),
  ...named(
    'Meta',
    'https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc/',
    ['fbclid'],
  ),
  ...named('X', 'https://docs.x.com/x-ads-api/measurement/web-conversions', ['twclid']),
  ...named('Microsoft', 'https://help.ads.microsoft.com/apex/index/3/en/60125', ['msclkid']),
  ...named(
    'LinkedIn',
    'https://learn.microsoft.com/en-us/linkedin/marketing/conversions/enabling-first-party-cookies',
    ['li_fat_id'],
  ),
  ...named('Reddit', 'https://docs.mparticle.com/integrations/reddit/', ['rdt_cid']),
  ...named('TikTok', 'https://ads.tiktok.com/help/article/tiktok-click-id', ['ttclid']),
  ...named('Snap', 'https://docs.metarouter.io/docs/snapchat-capi-sync', ['ScCid']),
  ...named('Pinterest', 'https://docs.metarouter.io/docs/pinterest-sync', ['epik']),
];

/** Ids have some 50 to 250 characters. */
export const PAID_CLICK_LENGTH_MAX = 512;

const SPELLING = new Map(PAID_CLICK_PARAMETERS.map(({ name }) => [name.toLowerCase(), name]));

/**
 * The owner's spelling of a parameter's name, or undefined when it is none of them. Case does not count: mail
 * programs and shops on the way lower names, and no two owners' differ by it alone.
 */
export const paidClickName = (name: string): string | undefined => SPELLING.get(name.toLowerCase());

/** The network that a parameter belongs to, in lower case; null when it is none of these parameters. */
export function paidClickOwner(name: string): string | null {
  const parameter = PAID_CLICK_PARAMETERS.find((each) => each.name === name);
  return parameter?.owner.toLowerCase() ?? null;
}

/**
 * The paid-click parameters of a query under their owners' spelling, or null when there are none. Repeated
 * ones count once, the first. Values stay as they came: an owner knows its id only letter for letter, so that
 * one too long is left out and not cut.
 */
export function paidClickOf(
  query: Iterable<readonly [string, string]>,
): Readonly<Record<string, string>> | null {
  const ids: Record<string, string> = {};
  for (const [key, value] of query) {
    const name = paidClickName(key);
    if (name === undefined || name in ids || !isId(value)) continue;
    ids[name] = value;
  }
  return Object.keys(ids).length === 0 ? null : ids;
}

/** PostgreSQL takes no NUL. */
const isId = (value: string): boolean =>
  value !== '' && value.length <= PAID_CLICK_LENGTH_MAX && !value.includes('\u0000');
