import type { Role } from '../../domain/operators/roles.ts';
import type { Scope } from '../../domain/operators/scopes.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { CachedLookup } from '../cache/cached-lookup.ts';
import type { Programs } from '../cache/programs.ts';
import { ApiError } from '../http/errors.ts';
import { createKeyUse } from './key-use.ts';
import { bearerOf, isJwtForm, parseAuthorization, sameHash } from './token.ts';

/** How long another process may still honour a key that was revoked, or whose end was set, here. */
export const KEY_TTL_MS = 2_000;
const KEYS_MAX = 10_000;

/**
 * Whoever holds a valid key, or an operator who is signed in, in one program. `programId` null: a platform
 * key.
 */
export interface Principal {
  /** Of the key or the user. */
  readonly id: string;
  /** As the audit log has it. */
  readonly actor: string;
  readonly programId: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Null: of a key, which has scopes alone. */
  readonly role: Role | null;
}

interface StoredKey extends Principal {
  readonly hash: Buffer;
  readonly revoked: boolean;
  /** Null: it never expires. */
  readonly expires_at_ms: number | null;
}

export interface Auth {
  /** The key's holder. Throws `unauthenticated`, `key_revoked` or `key_expired`. */
  authenticate(authorization: string | undefined): Promise<Principal>;
  /** The program that the request is about. Throws `scope_missing`, `program_missing` or `not_found`. */
  authorize(principal: Principal, scope: Scope, programHeader: string | undefined): Promise<string>;
  /** A key was revoked or replaced in this process: what is stored counts from now on. */
  forget(keyId: string): void;
}

/** Checks keys against the database, through a small cache of two seconds. */
export function createAuth(db: Database, programs: Programs, now: () => number): Auth {
  const keys = new CachedLookup<StoredKey>((id) => loadKey(db, id), now, KEY_TTL_MS, KEYS_MAX);
  const noteUse = createKeyUse(db, now, KEYS_MAX);
  return {
    async authenticate(authorization) {
      const presented = parseAuthorization(authorization);
      const key = presented === null ? null : await keys.get(presented.id);
      if (presented === null || key === null || !sameHash(presented.hash, key.hash)) {
        throw unauthenticated(authorization);
      }
      if (key.revoked) throw new ApiError('key_revoked', 'This API key was revoked.');
      // Asked of the clock at each request: a key does not outlive its end in the cache.
      if (key.expires_at_ms !== null && key.expires_at_ms <= now()) {
        throw new ApiError('key_expired', 'This API key has expired: use the one that replaces it.');
      }
      noteUse(key.id);
      return key;
    },
    async authorize(principal, scope, programHeader) {
      if (!allows(principal, scope)) throw new ApiError('scope_missing', lacks(principal, scope));
      const programId = programOf(principal, programHeader);
      if ((await programs.get(programId)) === null) {
        throw new ApiError('not_found', 'There is no such program.');
      }
      return programId;
    },
    forget: (keyId) => keys.forget(keyId),
  };
}

function unauthenticated(authorization: string | undefined): ApiError {
  const send = 'Send a valid API key as `Authorization: Bearer sk_…`.';
  const isMemberToken = isJwtForm(bearerOf(authorization) ?? '');
  const where = 'A member token is good below `/api/v1/programs/{programId}/me` alone. ';
  return new ApiError('unauthenticated', isMemberToken ? where + send : send);
}

/** What a holder is told who may not do something. */
export const lacks = ({ role }: Principal, scope: Scope): string =>
  role === null
    ? `This API key lacks the scope \`${scope}\`.`
    : `Your role, ${role}, lacks the scope \`${scope}\`.`;

/** Whether a key or an operator may do this. Platform keys may do everything. */
export function allows(principal: Principal, scope: Scope): boolean {
  return principal.scopes.has(scope) || isPlatform(principal);
}

export const isPlatform = (principal: Principal): boolean =>
  principal.programId === null && principal.scopes.has('*');

function programOf(principal: Principal, header: string | undefined): string {
  if (principal.programId === null) {
    if (header === undefined) {
      throw new ApiError('program_missing', 'A platform key names its program in the header `x-program-id`.');
    }
    if (!UUID_PATTERN.test(header)) throw new ApiError('not_found', 'There is no such program.');
    return header;
  }
  if (header !== undefined && header !== principal.programId) {
    throw new ApiError('not_found', 'There is no such program.');
  }
  return principal.programId;
}

async function loadKey(db: Database, id: string): Promise<StoredKey | null> {
  const row = await db.apiKey.findUnique({ where: { id } });
  if (row === null) return null;
  return {
    id: row.id,
    actor: `key:${row.id}`,
    role: null,
    programId: row.programId,
    scopes: new Set(row.scopes),
    hash: Buffer.from(row.hash, 'hex'),
    revoked: row.revokedAt !== null,
    expires_at_ms: row.expiresAt?.getTime() ?? null,
  };
}
