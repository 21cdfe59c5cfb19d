import type { MemberRow } from '../../engine/members/row.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { createLink } from '../links/create.ts';
import { MEMBER_COLUMNS } from './columns.ts';
import type { NewMember } from './create.ts';

/** A member who is there, and whether they have the shared link with their code. */
type KnownMember = MemberRow & { readonly isLinked?: boolean };

/** The member to whom an external id leads; null: nobody. */
export async function findKnown(
  tx: Tx,
  { programId, externalId }: Pick<NewMember, 'programId' | 'externalId'>,
): Promise<KnownMember | null> {
  const [known] = await tx.$queryRaw<KnownMember[]>`
    SELECT ${Prisma.raw(MEMBER_COLUMNS)},
           EXISTS (SELECT FROM links l WHERE l.code = m.referral_code) AS "isLinked"
    FROM members m
    WHERE m.program_id = ${programId}::uuid AND m.id = coalesce(
      (SELECT member_id FROM member_aliases
       WHERE program_id = ${programId}::uuid AND external_id = ${externalId}),
      (SELECT id FROM members WHERE program_id = ${programId}::uuid AND external_id = ${externalId}))`;
  return known ?? null;
}

/** What a caller may give of a member; left out: it stays as it is. */
interface Given {
  readonly email?: string | null | undefined;
  readonly locale?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** What the input leaves out stays; a member whom a signup made gets the shared link now. */
export async function changeMember(
  tx: Tx,
  { isLinked, ...member }: KnownMember,
  { email: given, locale, timeZone }: Given,
  { email, emailKey, emailKeyRules }: NewMember,
): Promise<MemberRow> {
  const { programId, id: memberId, referralCode } = member;
  if (isLinked !== true) await createLink(tx, { programId, memberId, kind: 'shared', slug: referralCode });
  const changed = [
    ...(given === undefined
      ? []
      : [
          Prisma.sql`email = ${email}, email_key = ${emailKey}, email_key_rules = ${emailKeyRules}::smallint`,
        ]),
    ...(locale === undefined ? [] : [Prisma.sql`locale = ${locale}`]),
    ...(timeZone === undefined ? [] : [Prisma.sql`time_zone = ${timeZone}`]),
  ];
  if (changed.length === 0) return member;
  const [row] = await tx.$queryRaw<MemberRow[]>`
    UPDATE members m SET ${Prisma.join(changed)}
    WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid
    RETURNING ${Prisma.raw(MEMBER_COLUMNS)}`;
  if (row === undefined) throw new Error(`member ${memberId} is not there any more`);
  return row;
}
