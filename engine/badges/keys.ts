import type { IssuerForm } from '../../domain/badges/urls.ts';
import { newId } from '../../platform/ids.ts';
import { type SealKey, type SealRing, seal, unseal } from '../../platform/seal.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { generateKeyPair, type IssuerKeyPair } from './sign.ts';

/** What badges are made with, in the API as in the worker. */
export interface BadgeSettings {
  /** Where members and verifiers reach the API; part of every id that is signed. */
  readonly publicUrl: string;
  /** What programs are named by in what is signed from now on. */
  readonly issuerForm: IssuerForm;
  /** Encrypts issuer keys at rest. */
  readonly ring: SealRing;
}

/** The key at work cannot be opened: the ring lacks the secret that sealed it. Rotating mends it. */
export class IssuerKeyError extends Error {
  override readonly name = 'IssuerKeyError';
}

interface KeyRow {
  readonly id: string;
  readonly publicKeyMultibase: string;
  readonly sealedSecret: string;
}

/** What an issuer key's secret half is sealed with: it opens only in its own row. */
export const issuerSealKey = (ring: SealRing, programId: string, keyId: string): SealKey => ({
  ring,
  purpose: 'badge issuer key',
  owner: `${programId}/${keyId}`,
});

/** Another transaction may retire the key, or make it, between one look and the next. */
const LOOKS_MAX = 5;

/**
 * The program's key at work, made on first use, and locked until the transaction ends: it puts the issuing of
 * one program in order, and no key retires while it signs. Throws `IssuerKeyError`.
 */
export async function lockIssuerKey(tx: Tx, programId: string, ring: SealRing): Promise<IssuerKeyPair> {
  const row = await lockRow(tx, programId, ring);
  return openKey(programId, row, ring);
}

async function lockRow(tx: Tx, programId: string, ring: SealRing): Promise<KeyRow> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const [row] = await tx.$queryRaw<KeyRow[]>`
      SELECT id::text, public_key_multibase AS "publicKeyMultibase", sealed_secret AS "sealedSecret"
      FROM badge_issuer_keys
      WHERE program_id = ${programId}::uuid AND retired_at IS NULL FOR UPDATE`;
    if (row !== undefined) return row;
    await insertKey(tx, programId, ring);
  }
  throw new Error(`program ${programId} has no issuer key after ${LOOKS_MAX} looks`);
}

/** Makes a key unless there is one at work; gives its public half, or null. */
async function insertKey(tx: Tx, programId: string, ring: SealRing): Promise<string | null> {
  const pair = await generateKeyPair();
  const id = newId();
  const sealed = seal(issuerSealKey(ring, programId, id), pair.secretKeyMultibase);
  const insertedCount = await tx.$executeRaw`
    INSERT INTO badge_issuer_keys (program_id, id, public_key_multibase, sealed_secret)
    VALUES (${programId}::uuid, ${id}::uuid, ${pair.publicKeyMultibase}, ${sealed})
    ON CONFLICT (program_id) WHERE retired_at IS NULL DO NOTHING`;
  return insertedCount === 1 ? pair.publicKeyMultibase : null;
}

/** The program's key at work, without a lock; made on first use. Throws `IssuerKeyError`. */
export async function issuerKey(db: Database, programId: string, ring: SealRing): Promise<IssuerKeyPair> {
  const row = await db.badgeIssuerKey.findFirst({ where: { programId, retiredAt: null } });
  if (row?.sealedSecret == null) return await db.$transaction((tx) => lockIssuerKey(tx, programId, ring));
  const { id, publicKeyMultibase, sealedSecret } = row;
  return openKey(programId, { id, publicKeyMultibase, sealedSecret }, ring);
}

function openKey(programId: string, row: KeyRow, ring: SealRing): IssuerKeyPair {
  const secretKeyMultibase = unseal(issuerSealKey(ring, programId, row.id), row.sealedSecret);
  if (secretKeyMultibase === null) {
    throw new IssuerKeyError(
      `BADGE_SECRET does not open issuer key ${row.id} of program ${programId}: rotate it`,
    );
  }
  return { publicKeyMultibase: row.publicKeyMultibase, secretKeyMultibase };
}

/**
 * Retires the key at work, destroying its secret half, and puts a new one in its place. What the old one
 * signed stays valid, as its public half stays in the issuer's document. Needs no old secret.
 */
export async function rotateIssuerKey(
  tx: Tx,
  programId: string,
  ring: SealRing,
): Promise<{ readonly publicKeyMultibase: string; readonly retired: readonly string[] }> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const retired = await tx.$queryRaw<{ publicKeyMultibase: string }[]>`
      UPDATE badge_issuer_keys SET retired_at = now(), sealed_secret = NULL
      WHERE program_id = ${programId}::uuid AND retired_at IS NULL
      RETURNING public_key_multibase AS "publicKeyMultibase"`;
    const publicKeyMultibase = await insertKey(tx, programId, ring);
    if (publicKeyMultibase !== null) {
      return {
        publicKeyMultibase,
        retired: retired.map((key) => key.publicKeyMultibase),
      };
    }
  }
  throw new Error(`the issuer key of program ${programId} was made by others ${LOOKS_MAX} times`);
}

/** Every public key that ever signed for the program, the oldest first. */
export async function publicKeysOf(db: Database | Tx, programId: string): Promise<string[]> {
  const rows = await db.badgeIssuerKey.findMany({
    where: { programId },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { publicKeyMultibase: true },
  });
  return rows.map(({ publicKeyMultibase }) => publicKeyMultibase);
}
