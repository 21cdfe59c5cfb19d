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
