import { underWayRefusal } from '../../domain/members/under-way.ts';
import { ok, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { isRedeeming } from '../members/redeeming.ts';
import { addMarks, mailboxMarks, markOf } from './do-not-track.ts';
import type { Person } from './person.ts';
import type { ErasureRef, PrivacySettings } from './steps/step.ts';

/**
 * Begins an erasure: blocks the member, who earns and redeems nothing from now on, and puts what they were
 * known by on the do-not-track list. The caller has locked the member. Refuses with `redemption_under_way`.
 */
export async function beginErasure(
  tx: Tx,
  { hashSecret }: PrivacySettings,
  { programId, memberId, eventId, badges, now_ms }: ErasureRef,
  { subjects }: Person,
): Promise<Result<true>> {
  if (await isRedeeming(tx, programId, memberId)) return underWayRefusal;
  const now = new Date(now_ms);
  const member = await tx.member.findUniqueOrThrow({
    where: { programId_id: { programId, id: memberId } },
    select: { email: true, blockedAt: true, erasedAt: true },
  });
  if (member.erasedAt === null) {
    const emails = [member.email, ...(await signupEmails(tx, programId, subjects))];
    await addMarks(tx, { programId, memberId }, [
      ...subjects.map((subject) => markOf(hashSecret, programId, 'external_id', subject)),
      ...emails.flatMap((email) => mailboxMarks(hashSecret, programId, email)),
    ]);
  }
  if (member.blockedAt === null) {
    await tx.member.update({
      where: { programId_id: { programId, id: memberId } },
      data: { blockedAt: now, blockedReason: 'erased' },
      select: { id: true },
    });
  }
  const erasure = { eventId, badges, begunAt: now, listedAt: null, endedAt: null };
  await tx.erasure.upsert({
    where: { programId_memberId: { programId, memberId } },
    create: { programId, memberId, ...erasure },
    update: { ...erasure, report: Prisma.DbNull },
    select: { memberId: true },
  });
  return ok(true);
}

/** Addresses that signups gave: they may be others than the member's by now. */
async function signupEmails(tx: Tx, programId: string, subjects: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ email: string }[]>`
    SELECT DISTINCT payload->>'email' AS email FROM events
    WHERE program_id = ${programId}::uuid AND subject = ANY (${[...subjects]}::text[]) AND type = 'signup'
      AND payload->>'email' IS NOT NULL LIMIT 100`;
  return rows.map(({ email }) => email);
}
