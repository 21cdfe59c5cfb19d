import { randomBytes } from 'node:crypto';
import { codeFrom } from '../../domain/links/code.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Link } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';

/** A collision among 27 billion codes is rare; five in a row mean that something is broken. */
export const CODE_TRIES_MAX = 5;

/** Draws a link code: random, speakable, free of profanity. It may be taken already. */
export function newCode(): string {
  for (;;) {
    const code = codeFrom(randomBytes(32));
    if (code !== null) return code;
  }
}

export interface NewLink {
  readonly programId: string;
  readonly memberId: string;
  readonly kind: 'shared' | 'personal';
  /** A vanity slug; left out, a code is drawn. */
  readonly slug?: string | undefined;
  readonly campaign?: string | undefined;
  readonly destination?: string | undefined;
  readonly expiresAt?: Date | undefined;
  /** Left out: now, by the database's clock. */
  readonly createdAt?: Date | undefined;
}

/**
 * Stores a link. Throws `slug_taken` when the slug belongs to anyone, in any program: codes share one address
 * space.
 */
export async function createLink(tx: Tx, input: NewLink): Promise<Link> {
  for (let attempt = 0; attempt < CODE_TRIES_MAX; attempt += 1) {
    const code = input.slug ?? newCode();
    const [made] = await tx.$queryRaw<Link[]>`
      INSERT INTO links (program_id, id, member_id, code, kind, campaign, destination, expires_at,
                         created_at)
      VALUES (${input.programId}::uuid, ${newId()}::uuid, ${input.memberId}::uuid, ${code},
              ${input.kind}::link_kind, ${input.campaign ?? null}, ${input.destination ?? null},
              ${input.expiresAt ?? null}::timestamptz,
              coalesce(${input.createdAt ?? null}::timestamptz, now()))
      ON CONFLICT DO NOTHING
      RETURNING program_id::text AS "programId", id::text, member_id::text AS "memberId", code, kind::text,
        status::text, campaign, destination, expires_at AS "expiresAt", created_at AS "createdAt"`;
    if (made !== undefined) return made;
    if (input.slug !== undefined) throw fail('slug_taken', 'This slug is taken.');
  }
  throw new Error('no free link code in five tries');
}
