/**
 * Click ids of advertising networks, as Google, Meta, X, Microsoft, LinkedIn, Reddit and TikTok name them.
 */
export const PAID_CLICK_PARAMETERS = [
  'gclid',
  'gad_source',
  'gad_campaignid',
  'fbclid',
  'twclid',
  'msclkid',
  'li_fat_id',
  'rdclid',
  'ttclid',
] as const;

const VALUE_LENGTH_MAX = 512;

/**
 * The paid-click parameters of a request's query string, or null when there are none. Repeated ones count
 * once, the first.
 */
export function paidClickOf(search: string): Readonly<Record<string, string>> | null {
  if (search === '') return null;
  const params = new URLSearchParams(search);
  const ids: Record<string, string> = {};
  for (const name of PAID_CLICK_PARAMETERS) {
    const value = params.get(name);
    if (value === null || value === '' || value.includes('\u0000')) continue;
    // The cut may have halved a surrogate pair, which PostgreSQL does not take.
    ids[name] = value.slice(0, VALUE_LENGTH_MAX).replace(/\p{Surrogate}/gu, '');
  }
  return Object.keys(ids).length === 0 ? null : ids;
}
