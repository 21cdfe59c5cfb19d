import type { Rule } from './click.ts';

const DAYS = 90;
/** Browsers keep no cookie longer (draft-ietf-httpbis-rfc6265bis, 5.5). */
const DAYS_MAX = 400;

/** What the attributes of the script tag say. */
export interface Settings {
  /** Further parameters of an address that carry a code. */
  readonly names: readonly string[];
  readonly rule: Rule;
  readonly days: number;
  readonly needsConsent: boolean;
  /** The signals of a browser that count as no consent: `gpc`, `dnt`. */
  readonly respects: readonly string[];
  /** The domain of the cookie; empty: the widest that the browser allows. */
  readonly domain: string;
  /** A route of this origin that sets the cookie; empty: the script does. */
  readonly endpoint: string;
  readonly fillsForms: boolean;
}

/** Reads the attributes `data-…`; what is missing or makes no sense has its default. */
export function settingsOf(data: Readonly<Record<string, string | undefined>>): Settings {
  const days = Number(data['days']);
  return {
    names: listOf(data['names']),
    rule: data['rule'] === 'first' ? 'first' : 'last',
    days: days > 0 ? Math.min(days, DAYS_MAX) : DAYS,
    // A misspelt word must not mean less privacy than was asked for.
    needsConsent: (data['consent'] || 'auto') !== 'auto',
    respects: listOf((data['respect'] || '').toLowerCase()),
    domain: data['domain'] || '',
    endpoint: data['endpoint'] || '',
    fillsForms: data['forms'] !== 'off',
  };
}

const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
