import type { Scope } from '../../domain/operators/scopes.ts';
import { nameId, newId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { formatEarlierToken, formatToken, hashToken, newSecret } from '../auth/token.ts';
import { fail } from '../http/errors.ts';

const PLATFORM_SECRET = /^[0-9A-Za-z]{32,128}$/;

/** A key as it is shown once: the token itself is nowhere stored. */
export interface CreatedKey {
  readonly id: string;
  readonly token: string;
}

/** Throws `scope_missing` when a key would get a scope that whoever asks for it lacks. */
export function checkHandOn(principal: Principal, scopes: readonly Scope[]): void {
  const missing = scopes.find((scope) => !allows(principal, scope));
  if (missing !== undefined) {
    throw fail('scope_missing', `This key lacks the scope \`${missing}\` and cannot hand it on.`);
  }
}

/** What a key is to be. */
interface NewKey {
  readonly programId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Left out or null: never. */
  readonly expiresAt?: Date | null;
}

/**
 * Makes a program's key, `sk_live_…` or `sk_test_…` by the mode of the program. The token is returned and
 * never again; the database keeps its SHA-256.
 */
export async function createKey(db: Database | Tx, input: NewKey): Promise<CreatedKey> {
  const id = newId();
  const where = { id: input.programId };
  const { mode } = await db.program.findUniqueOrThrow({ where, select: { mode: true } });
  const token = formatToken(mode, id, newSecret());
  await db.apiKey.create({
    data: {
      id,
      programId: input.programId,
      name: input.name,
      scopes: [...input.scopes],
      expiresAt: input.expiresAt ?? null,
      hash: hashToken(token).toString('hex'),
    },
  });
  return { id, token };
}

/**
 * Sees to it that the platform key with this secret (32–128 letters and digits) is there, and returns its
 * token. The same secret always gives the same token: also where it was made when keys still began with
 * `rk_`. Throws when the secret has another form.
 */
export async function ensurePlatformKey(db: Database | Tx, secret: string): Promise<string> {
  if (!PLATFORM_SECRET.test(secret)) throw new Error('a platform secret has 32 to 128 letters and digits');
  const id = nameId('platform-key', secret);
  const token = formatToken('platform', id, secret);
  const hash = hashToken(token).toString('hex');
  await db.apiKey.createMany({
    data: [{ id, programId: null, name: 'platform', hash, scopes: ['*'] }],
    skipDuplicates: true,
  });
  const stored = await db.apiKey.findUniqueOrThrow({ where: { id } });
  return stored.hash === hash ? token : formatEarlierToken(id, secret);
}

/**
 * Revokes a program's key, or with a program of null a platform key. Says whether it was good until now, so
 * that a repeat is not recorded; null when there is no such key. Revoking twice keeps the first time.
 */
export async function revokeKey(
  db: Database | Tx,
  programId: string | null,
  id: string,
  now: Date,
): Promise<{ readonly wasGood: boolean } | null> {
  if ((await db.apiKey.count({ where: { id, programId } })) === 0) return null;
  const good = { id, programId, revokedAt: null };
  const { count } = await db.apiKey.updateMany({ where: good, data: { revokedAt: now } });
  return { wasGood: count === 1 };
}
