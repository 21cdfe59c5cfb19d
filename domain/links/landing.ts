import { paidClickName } from './paid-click.ts';
import { isOurs, type Parameter, tellsSource } from './query.ts';

/** An address cut where the query goes in, so that most redirects cost two joins and no parsing. */
export interface Target {
  /** The address up to its query. */
  readonly page: string;
  /** Its own query, without what only the redirect may set. */
  readonly own: readonly Parameter[];
  /** Both, up to where ours goes in. */
  readonly before: string;
  /** From its `#`. */
  readonly after: string;
}

/** Cuts a destination. */
export function targetOf(href: string): Target {
  const [, page = '', query = '', after = ''] = /^([^?#]*)(?:\?([^#]*))?(.*)$/s.exec(href) ?? [];
  const own = query
    .split('&')
    .filter((text) => text !== '')
    .map((text) => ({ name: nameOf(text), text }))
    .filter(({ name }) => !isOurs(name));
  return { page, own, before: [page, '?', ...own.map(({ text }) => `${text}&`)].join(''), after };
}

/** The name of a parameter as it stands in an address; a click id's is its owner's, in whatever case. */
function nameOf(text: string): string {
  const [name = ''] = new URLSearchParams(text).keys();
  return paidClickName(name) ?? name;
}

/**
 * The address of a destination with a parameter of ours and what the visitor brought. Where both have a
 * parameter, the destination's stays, because the program set it. But what tells where the click came from
 * (`utm_*`, click ids) is the visitor's.
 */
export function landingOf(target: Target, ours: string, travels: readonly Parameter[]): string {
  const { page, own, before, after } = target;
  if (travels.length === 0) return before + ours + after;
  const set = new Set(own.map(({ name }) => name));
  const passed = travels.filter(({ name }) => tellsSource(name) || !set.has(name));
  const replaced = new Set(passed.map(({ name }) => name));
  const kept = own.filter(({ name }) => !replaced.has(name));
  const query = [...kept.map(({ text }) => text), ours, ...passed.map(({ text }) => text)].join('&');
  return `${page}?${query}${after}`;
}

/** What the redirect says of a click: its id, unless it is none, and the link's code. */
export const clickText = (clickId: string | null, code: string): string =>
  clickId === null ? `rcode=${code}` : `rclk=${clickId}&rcode=${code}`;

/** Why a link leads to its program's default destination. */
export type LinkEnd = 'disabled' | 'expired' | 'program_not_live';

/** What the redirect says of a link that has ended, so that the page can tell its reader. */
export const endText = (end: LinkEnd): string => `rlink=${end}`;
