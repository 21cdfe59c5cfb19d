import { maturePosting } from '../../domain/postings.ts';
import { next, type ReferralStage } from '../../domain/referral.ts';
import { must } from '../../domain/refusal.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { OutboxMessage } from '../outbox.ts';
import { inTransaction } from '../transaction.ts';
import type { ReferralRef, ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

interface Due {
  id: string;
  member_id: string;
  unit: string | null;
  left_minor: bigint;
  matures_at: Date;
  expires_at: Date | null;
}

/** Ends the holds whose time has come: pending becomes available, less what the member owes. A repeat finds nothing due. */
export function matureRewards(deps: ActivityDeps, ref: ReferralRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const stage = await lockReferral(tx, ref);
    const due = await takeDue(tx, ref);
    const postings = due.flatMap(postingOf);
    const posted = postings.length === 0 ? null : await post(tx, ref.programId, postings);
    if (posted !== null && !posted.ok)
      throw new Error(`rewards of ${ref.referralId} cannot mature: ${posted.code}`);
    const after = stage === 'qualified' && !(await hasHeld(tx, ref)) ? must(next(stage, 'mature')) : stage;
    return await writeChange(tx, {
      programId: ref.programId,
      referralId: ref.referralId,
      stage: after === stage ? null : after,
      rewards: [],
      outbox: due.map((reward) => messageOf(ref, reward)),
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

function takeDue(tx: Tx, ref: ReferralRef): Promise<Due[]> {
  return tx.$queryRaw<Due[]>`
    UPDATE rewards SET status = 'available'
    WHERE program_id = ${ref.programId}::uuid AND referral_id = ${ref.referralId}::uuid AND status = 'held'
      AND matures_at <= ${new Date(ref.now_ms)}::timestamptz
    RETURNING id::text, member_id::text, unit, amount_minor - reversed_minor AS left_minor, matures_at, expires_at`;
}

async function hasHeld(tx: Tx, ref: ReferralRef): Promise<boolean> {
  const where = { programId: ref.programId, referralId: ref.referralId, status: 'held' as const };
  return (await tx.reward.findFirst({ where, select: { id: true } })) !== null;
}

/** Badges and perks have no posting. */
function postingOf({ id, member_id, unit, left_minor, matures_at, expires_at }: Due) {
  if (unit === null || left_minor === 0n) return [];
  return [
    maturePosting({
      key: `mature:${id}`,
      hold: `grant:${id}`,
      unit,
      amount_minor: left_minor,
      memberId: member_id,
      occurred_at_ms: matures_at.getTime(),
      lot_expires_at_ms: expires_at?.getTime() ?? null,
    }),
  ];
}

function messageOf(ref: ReferralRef, { id, member_id, unit, left_minor }: Due): OutboxMessage {
  return {
    key: `reward.available:${id}`,
    subject: `referral:${ref.referralId}`,
    type: 'reward.available',
    payload: { rewardId: id, referralId: ref.referralId, memberId: member_id, unit, amountMinor: left_minor },
  };
}
