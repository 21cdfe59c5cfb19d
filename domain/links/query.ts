import { paidClickName, paidClickOf, paidClickOwner } from './paid-click.ts';

/** One parameter of a query: its name as others are compared with it, and its text as it is sent. */
export interface Parameter {
  readonly name: string;
  readonly text: string;
}

/** What a visitor's query brings along. */
export interface Brought {
  /** Click ids of advertising networks, under their owners' spelling; null: none. */
  readonly paidClick: Readonly<Record<string, string>> | null;
  /** Where the click came from, by `utm_source`, or the owner of its first click id; null: nobody says. */
  readonly source: string | null;
  /** What travels on to the destination. */
  readonly travels: readonly Parameter[];
}

/** Parameters that the redirect alone may set: the click, the code, and why a link has ended. */
const OURS: ReadonlySet<string> = new Set(['rclk', 'rcode', 'rlink']);
export const isOurs = (name: string): boolean => OURS.has(name);

/** Whether a parameter says where a click came from. The visitor knows that better than the destination. */
export const tellsSource = (name: string): boolean =>
  name.startsWith('utm_') || paidClickName(name) !== undefined;

/** A destination has 2,048 at the most, so an address stays below the 8,000 that servers take. */
const TRAVEL_LENGTH_MAX = 2_048;
const TRAVEL_COUNT_MAX = 50;
const SOURCE_LENGTH_MAX = 100;

const NOTHING: Brought = { paidClick: null, source: null, travels: [] };

/**
 * Reads a visitor's query string. All of it travels on, but for parameters of ours and those without a name;
 * what tells where the click came from goes first. Beyond 50 parameters or 2,048 characters, one that does
 * not fit stays behind, whole, because half a value is a wrong one.
 */
export function broughtOf(search: string): Brought {
  if (search === '') return NOTHING;
  const query = new URLSearchParams(search);
  const paidClick = paidClickOf(query);
  const rest = [...query].filter(([name]) => paidClickName(name) === undefined);
  const campaign = rest.filter(([name]) => tellsSource(name));
  const others = rest.filter(([name]) => name !== '' && !isOurs(name) && !tellsSource(name));
  return {
    paidClick,
    source: sourceOf(query, paidClick),
    travels: fitting([...Object.entries(paidClick ?? {}), ...campaign, ...others]),
  };
}

function fitting(all: readonly (readonly [string, string])[]): Parameter[] {
  const taken: Parameter[] = [];
  let length = 0;
  for (const [name, value] of all) {
    if (taken.length === TRAVEL_COUNT_MAX) break;
    // Without this look at its length, one long value would be encoded for nothing.
    if (value.length > TRAVEL_LENGTH_MAX) continue;
    const text = new URLSearchParams([[name, value]]).toString();
    if (length + text.length > TRAVEL_LENGTH_MAX) continue;
    length += text.length;
    taken.push({ name, text });
  }
  return taken;
}

/** In lower case, so that one campaign spelled in two ways has one count. */
function sourceOf(query: URLSearchParams, paidClick: Brought['paidClick']): string | null {
  const source = (query.get('utm_source') ?? '').trim().toLowerCase();
  if (source !== '' && source.length <= SOURCE_LENGTH_MAX && !/\p{Cc}/u.test(source)) return source;
  const [first] = Object.keys(paidClick ?? {});
  return first === undefined ? null : paidClickOwner(first);
}
