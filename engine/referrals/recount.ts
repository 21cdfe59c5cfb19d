import type { Tx } from '../../prisma/client.ts';
import { type Call, callWorkflows } from '../events/commands.ts';
import { referralWorkflow } from '../events/workflow-ids.ts';
import type { Merge } from '../members/merging.ts';

/** Says until when something happened whose answers go by the member's count. */
export async function noteAskedUntil(
  tx: Tx,
  programId: string,
  memberId: string,
  at_ms: number,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE members SET asked_until = greatest(asked_until, ${new Date(at_ms)}::timestamptz)
    WHERE program_id = ${programId}::uuid AND id = ${memberId}::uuid`;
}

/** Whose count has moved, from when on, and by what. */
interface Moved {
  readonly programId: string;
  readonly referrerId: string;
  readonly from_ms: number;
  /** The referral whose workflow calls for the others. */
  readonly referralId: string;
  /** The event that moved it. */
  readonly by: string;
  readonly now_ms: number;
}

/**
 * Has all referrals of a referrer asked again that did something from this time on. The first such command
 * that begins does it for all that has moved until then, and the others find nothing left: so a crowd that
 * comes in disorder does not call for as many rounds, and one that is parked holds up none that comes later.
 */
export async function askAgain(
  tx: Tx,
  { programId, referrerId, from_ms, referralId, by, now_ms }: Moved,
): Promise<void> {
  const from = new Date(from_ms);
  const noted = await tx.$executeRaw`
    UPDATE members SET recount_from = least(recount_from, ${from}::timestamptz)
    WHERE program_id = ${programId}::uuid AND id = ${referrerId}::uuid
      AND asked_until >= ${from}::timestamptz`;
  if (noted === 0) return;
  await callWorkflows(tx, [
    {
      programId,
      workflowId: referralWorkflow(referralId),
      type: 'referral.recounts.due',
      key: `referral.recounts.due:${referrerId}:${by}`,
      payload: { referrerId },
      at: new Date(now_ms),
    },
  ]);
}

interface Recount {
  readonly programId: string;
  readonly referralId: string;
  /** The event that calls for it. */
  readonly by: string;
  readonly at: Date;
}

/** The command that asks a referral again. */
export const recountOf = ({ programId, referralId, by, at }: Recount): Call => ({
  programId,
  workflowId: referralWorkflow(referralId),
  type: 'referral.recount.due',
  key: `referral.recount.due:${referralId}:${by}`,
  at,
});

/**
 * Has all referrals of a member asked again into whom another was merged: the counts of both are one now, and
 * what either had still to ask is asked with it. Asks nothing where the rules of neither's referrals went by
 * the count.
 */
export async function mergeCounts(
  tx: Tx,
  { programId, goesId, staysId, commandId, now_ms }: Merge,
): Promise<void> {
  const until = await tx.member.findMany({
    where: { programId, id: { in: [goesId, staysId] }, askedUntil: { not: null } },
    select: { askedUntil: true },
  });
  const where = { programId, referrerId: staysId, signedUpAt: { not: null } };
  const any = await tx.referral.findFirst({ where, orderBy: { id: 'asc' }, select: { id: true } });
  if (until.length === 0 || any === null) return;
  const until_ms = Math.max(...until.map(({ askedUntil }) => askedUntil?.getTime() ?? 0));
  await noteAskedUntil(tx, programId, staysId, until_ms);
  await askAgain(tx, {
    programId,
    referrerId: staysId,
    from_ms: 0,
    referralId: any.id,
    by: commandId,
    now_ms,
  });
}
