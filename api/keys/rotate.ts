import type { Scope } from '../../domain/operators/scopes.ts';
import { audit } from '../../engine/audit/record.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Principal } from '../auth/auth.ts';
import { fail, notFound } from '../http/errors.ts';
import { isoOrNull } from '../trpc/views.ts';
import { type CreatedKey, checkHandOn, createKey } from './create.ts';
import { lockKeys } from './lock.ts';

const HOUR_MS = 3_600_000;

/** Who replaces a key, in which program, within which transaction. */
interface Rotation {
  readonly tx: Tx;
  readonly programId: string;
  readonly principal: Principal;
  readonly actor: string;
}

interface GoodKey {
  readonly id: string;
  readonly name: string;
  // Stored by `createKey`, which takes no other.
  readonly scopes: Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

interface Rotated {
  readonly made: CreatedKey & Omit<GoodKey, 'createdAt'>;
  readonly old: { readonly id: string; readonly expiresAt: Date };
}

/**
 * Makes a key in place of another, which ends after the overlap, or at its own end where that comes first.
 * Throws `not_found`, `scope_missing` and `stage_forbids`.
 */
export async function rotateApiKey(
  { tx, programId, principal, actor }: Rotation,
  { id, overlap_hours }: { readonly id: string; readonly overlap_hours: number },
  now: Date,
): Promise<Rotated> {
  await lockKeys(tx, principal, [id], now);
  const { name, scopes, createdAt, expiresAt } = await goodKey(tx, { programId, id }, now);
  checkHandOn(principal, scopes);
  const life_ms = expiresAt === null ? null : expiresAt.getTime() - createdAt.getTime();
  const next = { name, scopes, expiresAt: life_ms === null ? null : new Date(now.getTime() + life_ms) };
  const key = await createKey(tx, { ...next, programId });
  const overlapEnd_ms = now.getTime() + overlap_hours * HOUR_MS;
  const endsAt = new Date(Math.min(overlapEnd_ms, expiresAt?.getTime() ?? overlapEnd_ms));
  await tx.apiKey.update({ where: { id }, data: { expiresAt: endsAt, replacedBy: key.id } });
  const created = { scopes, expiresAt: isoOrNull(next.expiresAt), replaces: id };
  await audit(tx, { programId, actor, action: 'key.created', subject: key.id, detail: created });
  const rotated = { replacedBy: key.id, expiresAt: endsAt.toISOString() };
  await audit(tx, { programId, actor, action: 'key.rotated', subject: id, detail: rotated });
  return { made: { ...next, ...key }, old: { id, expiresAt: endsAt } };
}

/** The program's key, which is locked, so that two who replace it at once do not both. */
async function goodKey(
  tx: Tx,
  { programId, id }: { readonly programId: string; readonly id: string },
  now: Date,
): Promise<GoodKey> {
  const [key] = await tx.$queryRaw<(GoodKey & { replacedBy: string | null; revokedAt: Date | null })[]>`
    SELECT id::text, name, scopes, created_at AS "createdAt", expires_at AS "expiresAt",
           revoked_at AS "revokedAt", replaced_by::text AS "replacedBy"
    FROM api_keys WHERE id = ${id}::uuid AND program_id = ${programId}::uuid`;
  if (key === undefined) throw notFound('key');
  if (key.revokedAt !== null) throw fail('stage_forbids', 'This key was revoked: make another.');
  if (key.replacedBy !== null) throw fail('stage_forbids', 'This key was replaced: rotate its successor.');
  if (key.expiresAt !== null && key.expiresAt <= now) {
    throw fail('stage_forbids', 'This key has expired: make another.');
  }
  return key;
}
