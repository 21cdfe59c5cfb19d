import { networkOf } from '../../platform/addresses.ts';
import { keyedHash } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import { openToken, signToken } from '../../platform/signed-token.ts';
import type { Services } from '../context.ts';
import { ApiError } from '../http/errors.ts';
import { type AttemptRule, countAttempt, forgetAttempts } from './attempts.ts';
import type { Exchange } from './call.ts';
import { readCookie, setCookie } from './cookies.ts';

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DEVICE_DAYS = 365;

/** What strangers may try: each address so often, whatever account it is about. */
const BY_ADDRESS = {
  sign_in: { max: 100, window: 10 * MINUTE_S },
  register: { max: 30, window: HOUR_S },
  email: { max: 30, window: HOUR_S },
  link: { max: 100, window: 10 * MINUTE_S },
} as const satisfies Record<string, AttemptRule>;

/** And each account so often: from devices that it never signed in from all together, from others each. */
const BY_ACCOUNT = {
  sign_in: { max: 10, window: 15 * MINUTE_S },
  email: { max: 5, window: HOUR_S },
} as const satisfies Record<string, AttemptRule>;

type Context = Exchange & { readonly services: Services };

/** Counts a try by the caller's address. Throws `attempts_exceeded`. */
export async function limitAddress(
  { services, req, res }: Context,
  what: keyof typeof BY_ADDRESS,
): Promise<void> {
  const parts = ['address', what, keyedHash(services.settings.hashSecret, networkOf(req.ip))];
  refuse(res, await countAttempt(services.db, parts, BY_ADDRESS[what]));
}

/**
 * Counts a try for an account. A stranger who uses up an account's tries keeps its owner out nowhere where
 * they have signed in before: each such device has tries of its own. Throws `attempts_exceeded`. Returns
 * what forgets the tries once one succeeded.
 */
export async function limitAccount(
  ctx: Context,
  what: keyof typeof BY_ACCOUNT,
  email: string,
): Promise<() => Promise<void>> {
  const device = deviceOf(ctx, email);
  const parts = ['account', what, accountHash(ctx, email), device ?? 'unknown devices'];
  refuse(ctx.res, await countAttempt(ctx.services.db, parts, BY_ACCOUNT[what]));
  return () => forgetAttempts(ctx.services.db, parts);
}

/** Remembers on this device that the account signed in from it. */
export function rememberDevice(ctx: Context, email: string): void {
  if (deviceOf(ctx, email) !== null) return;
  const token = signToken(ctx.services.settings.linkSecret, 'device', [accountHash(ctx, email), newId()]);
  setCookie(ctx, 'device', token, DEVICE_DAYS * 24 * HOUR_S);
}

/** The device's id, when this account has signed in from it before. */
function deviceOf(ctx: Context, email: string): string | null {
  const token = readCookie(ctx, 'device');
  const parts = token === null ? null : openToken(ctx.services.settings.linkSecret, 'device', token);
  const [account, id] = parts ?? [];
  return id !== undefined && account === accountHash(ctx, email) ? id : null;
}

const accountHash = ({ services }: Context, email: string): string =>
  keyedHash(services.settings.hashSecret, email.toLowerCase());

function refuse(
  res: Exchange['res'],
  { allowed, retryAfter }: { readonly allowed: boolean; readonly retryAfter: number | null },
): void {
  if (allowed) return;
  res.header('retry-after', String(retryAfter ?? 1));
  throw new ApiError('attempts_exceeded', `That was tried too often: try again in ${retryAfter ?? 1} s.`);
}
