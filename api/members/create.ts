import type { MemberRow } from '../../engine/members/row.ts';
import { nameId, newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { CODE_TRIES_MAX, newCode } from '../links/create.ts';
import { MEMBER_COLUMNS } from './columns.ts';

export interface NewMember {
  readonly programId: string;
  readonly externalId: string;
  readonly email: string | null;
  readonly emailKey: string | null;
  readonly emailKeyRules: number;
  readonly locale?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** A member as they were made, and whether the link with their code was made too. */
type Made = MemberRow & { readonly isLinked: boolean };

/**
 * Stores a member with a referral code and the shared link that has this code. Returns null when another
 * request took the external id meanwhile. Throws `slug_taken` when another took the code.
 */
export async function createMember(tx: Tx, input: NewMember): Promise<MemberRow | null> {
  for (let attempt = 0; attempt < CODE_TRIES_MAX; attempt += 1) {
    const made = await insert(tx, input, newCode());
    if (made !== null) {
      const { isLinked, ...member } = made;
      if (!isLinked) throw fail('slug_taken', 'This slug is taken.');
      return member;
    }
    const { programId, externalId } = input;
    if ((await tx.member.count({ where: { programId, externalId } })) > 0) return null;
  }
  throw new Error('no free referral code in five tries');
}

/**
 * One statement for both, since each costs the API more than the database. Null: the external id or the code
 * is taken.
 */
async function insert(tx: Tx, input: NewMember, code: string): Promise<Made | null> {
  const { programId, externalId, email, emailKey, emailKeyRules, locale, timeZone } = input;
  const [made] = await tx.$queryRaw<Made[]>`
    WITH m AS (
      INSERT INTO members (program_id, id, external_id, email, email_key, email_key_rules, referral_code,
                           locale, time_zone)
      -- The id is the name that a signup would give this member too.
      SELECT ${programId}::uuid, ${nameId('member', programId, externalId)}::uuid, ${externalId}, ${email},
             ${emailKey}, ${emailKeyRules}::smallint, ${code}, coalesce(${locale ?? null}, 'en'),
             ${timeZone ?? null}
      WHERE NOT EXISTS (SELECT FROM links WHERE code = ${code})
      ON CONFLICT DO NOTHING
      RETURNING *
    ), link AS (
      INSERT INTO links (program_id, id, member_id, code, kind)
      SELECT program_id, ${newId()}::uuid, id, referral_code, 'shared' FROM m
      ON CONFLICT DO NOTHING
      RETURNING id
    )
    SELECT ${Prisma.raw(MEMBER_COLUMNS)}, EXISTS (SELECT FROM link) AS "isLinked" FROM m`;
  return made ?? null;
}
