const URL_LENGTH_MAX = 2_048;
const LOCAL = new Set(['localhost', '127.0.0.1']);

/**
 * A destination's canonical address when it may be redirected to, else null: https on a host of the list
 * (`*.example.com` stands for every host below example.com), or http on localhost during development.
 */
export function checkDestination(
  raw: string,
  allowedHosts: readonly string[],
  isDevelopment: boolean,
): string | null {
  if (raw.length > URL_LENGTH_MAX || !URL.canParse(raw)) return null;
  const url = new URL(raw);
  if (url.username !== '' || url.password !== '') return null;
  if (url.protocol !== 'https:' && !(isDevelopment && url.protocol === 'http:' && LOCAL.has(url.hostname)))
    return null;
  return allowedHosts.some((host) => covers(host, url.hostname)) ? url.href : null;
}

function covers(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
}

/** An address cut where the click id goes in, so that a redirect costs two joins and no parsing. */
export interface Target {
  readonly href: string;
  readonly before: string;
  readonly after: string;
}

export function targetOf(href: string): Target {
  const hash = href.indexOf('#');
  const before = hash < 0 ? href : href.slice(0, hash);
  const mark = before.includes('?') ? '&' : '?';
  return { href, before: before + mark, after: hash < 0 ? '' : href.slice(hash) };
}

/** The address with the click's id, the link's code and the paid-click parameters as they came. */
export function landingOf(
  target: Target,
  clickId: string | null,
  code: string,
  paid: Readonly<Record<string, string>> | null,
): string {
  const click = clickId === null ? '' : `rclk=${clickId}&`;
  const extra = paid === null ? '' : `&${new URLSearchParams(paid).toString()}`;
  return `${target.before}${click}rcode=${code}${extra}${target.after}`;
}
