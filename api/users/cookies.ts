import type { FastifyReply, FastifyRequest } from 'fastify';

interface Context {
  readonly req: FastifyRequest;
  readonly res: FastifyReply;
  readonly services: { readonly settings: { readonly publicUrl: string } };
}

/** How a cookie is named: with `__Host-`, no other host can set it, and a browser takes it by https alone. */
export const cookiePrefix = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-referral' : 'referral';

const nameOf = ({ services }: Context, name: string): string =>
  `${cookiePrefix(services.settings.publicUrl)}.${name}`;

/** The value of a cookie of ours; null when the request has none. */
export function readCookie(ctx: Context, name: string): string | null {
  const wanted = `${nameOf(ctx, name)}=`;
  const found = (ctx.req.headers.cookie ?? '').split(/; */).find((pair) => pair.startsWith(wanted));
  return found === undefined ? null : found.slice(wanted.length);
}

/** Sets a cookie that scripts cannot read. The value holds no character that a cookie may not. */
export function setCookie(ctx: Context, name: string, value: string, maxAge_s: number): void {
  const secure = ctx.services.settings.publicUrl.startsWith('https:') ? '; Secure' : '';
  ctx.res.header(
    'set-cookie',
    `${nameOf(ctx, name)}=${value}; Path=/; Max-Age=${maxAge_s}; HttpOnly; SameSite=Lax${secure}`,
  );
}
