import { asksCount } from '../../domain/points/count.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { MemberDeed } from '../../domain/points/tally.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { type Call, callWorkflows } from '../events/commands.ts';
import { memberWorkflow } from '../events/workflow-ids.ts';
import { noteAskedUntil } from '../referrals/recount.ts';

/** The type of the command that has point rules about a member's actions asked again. */
export const POINTS_RECOUNT = 'points.recount.due';

/** Whose actions are to be asked again, by which event, and when it came to that. */
interface Recount {
  readonly programId: string;
  readonly memberId: string;
  readonly by: string;
  readonly now_ms: number;
}

/** The command itself. */
export const pointRecountOf = ({ programId, memberId, by, now_ms }: Recount): Call => ({
  programId,
  workflowId: memberWorkflow(memberId),
  type: POINTS_RECOUNT,
  key: `${POINTS_RECOUNT}:${memberId}:${by}`,
  at: new Date(now_ms),
});

/**
 * Has point rules about a member's actions asked again, since their signup has come, or was approved. Does
 * nothing where no action was counted whose rules look at it. The caller has locked the member.
 */
export async function recountMember(tx: Tx, recount: Recount): Promise<void> {
  const { programId, memberId } = recount;
  const where = { programId, memberId, askedAgain: { not: null } };
  const any = await tx.memberAction.findFirst({ where, select: { eventId: true } });
  if (any !== null) await callWorkflows(tx, [pointRecountOf(recount)]);
}

/** SQL over a referral `r`: whether its member did something since whose point rules look at the count. */
export const countedSince = (from: Prisma.Sql): Prisma.Sql => Prisma.sql`
  EXISTS (
    SELECT FROM member_actions a
    WHERE a.program_id = r.program_id AND a.member_id = r.referred_id AND a.asked_again IS NOT NULL
      AND a.asked_count IS NOT NULL AND a.occurred_at >= ${from})`;

/** An action that was counted, by the rules that it was asked by. */
type AskedDeed = Pick<MemberDeed, 'type' | 'referrerId' | 'occurred_at_ms'> & {
  readonly points: PointsPolicy | null;
};

/** Says until when something of a member counted whose rules look at the referrer's count. */
export async function notePointsAsked(tx: Tx, programId: string, deeds: readonly AskedDeed[]): Promise<void> {
  const asking = deeds.filter(({ points, type }) => points !== null && asksCount(points, type));
  const referrerId = asking.find((deed) => deed.referrerId !== null)?.referrerId ?? null;
  if (referrerId === null) return;
  const until_ms = Math.max(...asking.map(({ occurred_at_ms }) => occurred_at_ms));
  await noteAskedUntil(tx, programId, referrerId, until_ms);
}
