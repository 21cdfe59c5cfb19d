import { next, type ReferralStage } from '../../domain/referrals/referral.ts';
import type { Tx } from '../../prisma/client.ts';
import { insertCommandOnce } from '../events/commands.ts';
import { referralWorkflow } from '../events/workflow-ids.ts';
import type { Merge } from '../members/merging.ts';

type Pair = Pick<Merge, 'programId' | 'goesId' | 'staysId'>;

/** Locks the referrals that a member made, in the order of their ids. */
export async function lockMade(tx: Tx, programId: string, memberId: string): Promise<void> {
  await tx.$executeRaw`
    SELECT FROM referrals WHERE program_id = ${programId}::uuid AND referrer_id = ${memberId}::uuid
    ORDER BY id FOR UPDATE`;
}

/**
 * Locks the referrals by which either member was referred, then both members: the one who goes so that nobody
 * writes anything new of theirs meanwhile.
 */
export async function lockToMerge(tx: Tx, { programId, goesId, staysId }: Pair): Promise<void> {
  await tx.$queryRaw`
    SELECT 1 FROM referrals
    WHERE program_id = ${programId}::uuid AND referred_id IN (${goesId}::uuid, ${staysId}::uuid)
    ORDER BY id FOR UPDATE`;
  await tx.$queryRaw`
    SELECT 1 FROM members
    WHERE program_id = ${programId}::uuid AND id IN (${goesId}::uuid, ${staysId}::uuid)
    ORDER BY id FOR UPDATE`;
}

/** A referral by which one of the two was referred. */
interface Received {
  readonly id: string;
  readonly stage: ReferralStage;
  readonly referrerId: string;
  readonly referredId: string | null;
}

/**
 * Moves the referrals that the member made, and decides about those by which either was referred: the first
 * counts, by the time of its signup; one that was rejected or cancelled, and one by the other account, only
 * where there is no other, so that neither takes from whoever rightly brought the member. The rest, and a
 * referral of oneself, are cancelled by a command to each one's workflow. A referral that does not count
 * stays with the account that it was of.
 */
export async function mergeReferrals(tx: Tx, merge: Merge): Promise<void> {
  const { programId, goesId, staysId } = merge;
  const received = await readReceived(tx, merge);
  const isSelf = ({ referrerId }: Received) => referrerId === goesId || referrerId === staysId;
  const others = received.filter((referral) => !isSelf(referral));
  const counts = others.find(({ stage }) => stage !== 'rejected') ?? others[0] ?? received[0];
  const where = (id: string) => ({ programId_id: { programId, id } });
  const write = (id: string, data: { referredId?: string | null; correctedBy?: string }) =>
    tx.referral.update({ where: where(id), data, select: { id: true } });
  // One is referred once, and by a referral of oneself only at an operator's word: the order matters.
  for (const { id } of received) await write(id, { referredId: null });
  for (const { id } of received.filter(isSelf)) await write(id, { correctedBy: merge.commandId });
  await tx.referral.updateMany({
    where: { programId, referrerId: goesId },
    data: { referrerId: staysId },
  });
  for (const { id } of received) await write(id, { referredId: id === counts?.id ? staysId : goesId });
  for (const referral of received) {
    if (isSelf(referral) || referral !== counts) await sendCancel(tx, merge, referral);
  }
}

async function readReceived(tx: Tx, { programId, goesId, staysId }: Pair): Promise<readonly Received[]> {
  return await tx.$queryRaw<Received[]>`
    SELECT id::text, stage::text, referrer_id::text AS "referrerId", referred_id::text AS "referredId"
    FROM referrals
    WHERE program_id = ${programId}::uuid AND referred_id IN (${goesId}::uuid, ${staysId}::uuid)
    ORDER BY signed_up_at, id`;
}

async function sendCancel(
  tx: Tx,
  { programId, commandId, saying, now_ms }: Merge,
  { id, stage }: Received,
): Promise<void> {
  const isReviewed = stage === 'in_review';
  if (!isReviewed && !next(stage, 'cancel').ok) return;
  const type = isReviewed ? 'review.rejected' : 'referral.cancelled';
  await insertCommandOnce(tx, {
    programId,
    type,
    workflowId: referralWorkflow(id),
    payload: saying,
    now: new Date(now_ms),
    key: `${type}:${id}:${commandId}`,
  });
}
