import type { Database } from '../../prisma/client.ts';
import { type Member, Prisma } from '../../prisma/generated/client.ts';
import { read } from '../../prisma/transact.ts';

/** A member by our id or by the host's; null: there is none in this program. */
export async function readMember(
  db: Database,
  programId: string,
  which: { readonly id: string } | { readonly externalId: string },
): Promise<Member | null> {
  const condition =
    'id' in which ? Prisma.sql`id = ${which.id}::uuid` : Prisma.sql`external_id = ${which.externalId}`;
  const [member] = await read<Member>(
    db,
    Prisma.sql`
      SELECT program_id::text AS "programId", id::text, external_id AS "externalId", email,
             email_key AS "emailKey", referral_code AS "referralCode", locale, time_zone AS "timeZone",
             display_name AS "displayName", qualified_referrals AS "qualifiedReferrals",
             signed_up_at AS "signedUpAt", created_at AS "createdAt"
      FROM members WHERE program_id = ${programId}::uuid AND ${condition}`,
  );
  return member ?? null;
}
