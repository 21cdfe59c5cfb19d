import { next, type ReferralStage } from '../../domain/referrals/referral.ts';
import { must } from '../../domain/refusal.ts';
import { matureHolds } from '../../engine/rewards/mature.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { ReferralRef, ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/** Ends the referral's holds whose time has come. A repeat finds nothing due. */
export function matureRewards(deps: ActivityDeps, ref: ReferralRef): Promise<ReferralSnapshot> {
  const { programId, referralId, now_ms } = ref;
  return inTransaction(deps, async (tx) => {
    const stage = await lockReferral(tx, ref);
    const which = Prisma.sql`referral_id = ${referralId}::uuid`;
    const outbox = await matureHolds(tx, { programId, which, now_ms });
    const after = await settledStage(tx, ref, stage);
    return await writeChange(tx, {
      programId,
      referralId,
      stage: after === stage ? null : after,
      rewards: [],
      outbox,
      decided: null,
    });
  });
}

async function lockReferral(tx: Tx, ref: ReferralRef): Promise<ReferralStage> {
  const [row] = await tx.$queryRaw<{ stage: ReferralStage }[]>`
    SELECT stage::text FROM referrals
    WHERE program_id = ${ref.programId}::uuid AND id = ${ref.referralId}::uuid FOR UPDATE`;
  if (row === undefined) throw new Error(`referral ${ref.referralId} does not exist`);
  return row.stage;
}

/** The stage of a referral by its holds: one that has qualified is rewarded once none is left. */
export async function settledStage(
  tx: Tx,
  { programId, referralId }: ReferralRef,
  stage: ReferralStage,
): Promise<ReferralStage> {
  if (stage !== 'qualified') return stage;
  const where = { programId, referralId, status: 'held' as const };
  const held = await tx.reward.findFirst({ where, select: { id: true } });
  return held === null ? must(next(stage, 'mature')) : stage;
}
