import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { MINUTE_MS } from '../../domain/time.ts';
import { sha256 } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import type { Services } from '../context.ts';
import { fail } from '../http/errors.ts';
import type { Exchange } from './call.ts';
import { readCookie, setCookie } from './cookies.ts';

const CHALLENGE_MS = 5 * MINUTE_MS;
const COOKIE = 'passkey';

const stored = z.object({ challenge: z.string(), userId: z.uuid().nullable() });

type Context = Exchange & { readonly services: Services };

/**
 * Keeps a challenge for the browser that asked, which gets a cookie for it. `userId` is who adds a passkey;
 * null: somebody signs in.
 */
export async function keepChallenge(ctx: Context, challenge: string, userId: string | null): Promise<void> {
  const { db, now } = ctx.services;
  const token = randomBytes(32).toString('base64url');
  await db.userVerification.create({
    data: {
      id: newId(now()),
      identifier: identifierOf(token),
      value: JSON.stringify({ challenge, userId }),
      expiresAt: new Date(now() + CHALLENGE_MS),
    },
    select: { id: true },
  });
  setCookie(ctx, COOKIE, token, CHALLENGE_MS / 1_000);
}

/** Takes this browser's challenge, which is good once, whatever becomes of it. Throws `passkey_wrong`. */
export async function takeChallenge(ctx: Context, userId: string | null): Promise<string> {
  const { db, now } = ctx.services;
  const token = readCookie(ctx, COOKIE) ?? '';
  const rows = await db.$queryRaw<{ value: string }[]>`
    DELETE FROM user_verifications
    WHERE identifier = ${identifierOf(token)} AND expires_at > ${new Date(now())}
    RETURNING value`;
  const found = rows.map(({ value }) => stored.parse(JSON.parse(value)));
  const kept = found.find((row) => row.userId === userId);
  if (kept === undefined) {
    throw fail('passkey_wrong', 'Begin again: this was begun elsewhere, done already, or too long ago.');
  }
  return kept.challenge;
}

/** The cookie's token opens the challenge, so the database has only its hash. */
const identifierOf = (token: string): string => sha256(`passkey ${token}`);
