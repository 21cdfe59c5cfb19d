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
 * Has all referrals of a referrer asked again that did something from this time on. One command does it for
 * all that moves until it begins, so that a crowd that comes in disorder does not call for as many rounds.
 */
export async function askAgain(
  tx: Tx,
  { programId, referrerId, from_ms, referralId, by, now_ms }: Moved,
): Promise<void> {
  const from = new Date(from_ms);
  const [row] = await tx.$queryRaw<{ isFirst: boolean }[]>`
    WITH old AS (
      SELECT id, recount_from FROM members
      WHERE program_id = ${programId}::uuid AND id = ${referrerId}::uuid
        AND asked_until >= ${from}::timestamptz FOR NO KEY UPDATE)
    UPDATE members m SET recount_from = least(old.recount_from, ${from}::timestamptz) FROM old
    WHERE m.program_id = ${programId}::uuid AND m.id = old.id
    RETURNING old.recount_from IS NULL AS "isFirst"`;
  if (row?.isFirst !== true) return;
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
 * Has all referrals of a member asked again into whom another was merged: the counts of both are one now.
 * Asks nothing where the rules of neither's referrals went by it.
 */
export async function mergeCounts(
  tx: Tx,
  { programId, goesId, staysId, commandId, now_ms }: Merge,
): Promise<void> {
  const until = await tx.member.findMany({
    where: { programId, id: { in: [goesId, staysId] }, askedUntil: { not: null } },
    select: { askedUntil: true },
  });
  const first = await tx.referral.findFirst({
    where: { programId, referrerId: staysId, qualifiedAt: { not: null } },
    orderBy: { qualifiedAt: 'asc' },
    select: { id: true, qualifiedAt: true },
  });
  const from_ms = first?.qualifiedAt?.getTime();
  if (until.length === 0 || first === null || from_ms === undefined) return;
  const until_ms = Math.max(...until.map(({ askedUntil }) => askedUntil?.getTime() ?? 0));
  await noteAskedUntil(tx, programId, staysId, until_ms);
  const referralId = first.id;
  await askAgain(tx, { programId, referrerId: staysId, from_ms, referralId, by: commandId, now_ms });
}
