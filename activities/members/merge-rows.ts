import { earlier } from '../../domain/time.ts';
import type { Merge } from '../../engine/members/merging.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Member } from '../../prisma/generated/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Lets every external id that led to the member who goes lead to the one who stays. */
export async function mergeIds(tx: Tx, { programId, goesId, staysId }: Merge, goes: Member): Promise<void> {
  await tx.memberAlias.updateMany({ where: { programId, memberId: goesId }, data: { memberId: staysId } });
  await tx.memberAlias.create({
    data: { programId, externalId: goes.externalId, memberId: staysId },
    select: { memberId: true },
  });
}

/**
 * Marks the member who goes, and lets those who were merged into them lead on. The one who stays gets the
 * count of both, the earlier signup, and the address where they have none.
 */
export async function mergeMember(
  tx: Tx,
  { programId, goesId, staysId, commandId, now_ms }: Merge,
  { goes, stays }: { readonly goes: Member; readonly stays: Member },
): Promise<void> {
  const merged = { mergedInto: staysId, mergedAt: new Date(now_ms), mergedBy: commandId };
  await tx.member.updateMany({ where: { programId, mergedInto: goesId }, data: { mergedInto: staysId } });
  await tx.member.update({
    where: { programId_id: { programId, id: goesId } },
    data: { ...merged, qualifiedReferrals: 0 },
    select: { id: true },
  });
  const { email, emailKey, emailKeyRules } = goes;
  await tx.member.update({
    where: { programId_id: { programId, id: staysId } },
    data: {
      qualifiedReferrals: stays.qualifiedReferrals + goes.qualifiedReferrals,
      signedUpAt: earlier(stays.signedUpAt, goes.signedUpAt),
      ...(stays.email === null ? { email, emailKey, emailKeyRules } : {}),
    },
    select: { id: true },
  });
}

/** What goes along as it is: each row keeps its id, its key and its times. */
const TABLES = [
  'links',
  'rewards',
  'redemptions',
  'surveys',
  'notices',
  'member_actions',
  'point_postings',
] as const;

/** Moves what is the member's, and of both wishes about e-mail keeps the one that asks for less. */
export async function mergeRows(tx: Tx, { programId, goesId, staysId, now_ms }: Merge): Promise<void> {
  for (const table of TABLES) {
    await tx.$executeRaw`
      UPDATE ${Prisma.raw(table)} SET member_id = ${staysId}::uuid
      WHERE program_id = ${programId}::uuid AND member_id = ${goesId}::uuid`;
  }
  // What was sent stays as it was sent.
  await tx.$executeRaw`
    UPDATE notice_emails SET member_id = ${staysId}::uuid
    WHERE program_id = ${programId}::uuid AND member_id = ${goesId}::uuid AND state <> 'sent'`;
  await tx.$executeRaw`
    INSERT INTO notice_preferences (program_id, member_id, category, email, updated_at)
    SELECT program_id, ${staysId}::uuid, category, false, ${new Date(now_ms)}::timestamptz
    FROM notice_preferences
    WHERE program_id = ${programId}::uuid AND member_id = ${goesId}::uuid AND NOT email
    ON CONFLICT (program_id, member_id, category) DO UPDATE SET
      email = false, updated_at = excluded.updated_at`;
}
