import { isEnd, next, type ReferralStage, type ReferralStep } from '../../domain/referral.ts';
import { must } from '../../domain/refusal.ts';
import type { ActivityDeps } from '../deps.ts';
import { inTransaction } from '../transaction.ts';
import { type ReferralRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/** Ends a referral whose time is up: expired when it never qualified, closed when refunds no longer count. */
export function endReferral(deps: ActivityDeps, ref: ReferralRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const [row] = await tx.$queryRaw<
      { stage: ReferralStage; due: boolean; subject: string | null; referrer_id: string }[]
    >`
      SELECT r.stage::text, r.due_at <= ${new Date(ref.now_ms)}::timestamptz AS due, m.external_id AS subject, r.referrer_id::text
      FROM referrals r LEFT JOIN members m ON m.program_id = r.program_id AND m.id = r.referred_id
      WHERE r.program_id = ${ref.programId}::uuid AND r.id = ${ref.referralId}::uuid
      FOR UPDATE OF r`;
    if (row === undefined) throw new Error(`referral ${ref.referralId} does not exist`);
    if (row.due && !isEnd(row.stage)) {
      const step: ReferralStep = row.stage === 'qualified' || row.stage === 'rewarded' ? 'close' : 'expire';
      const stage = must(next(row.stage, step));
      return await writeChange(tx, {
        programId: ref.programId,
        referralId: ref.referralId,
        stage,
        reason: step === 'expire' ? `time ran out in stage ${row.stage}` : null,
        ended_at_ms: ref.now_ms,
        rewards: [],
        outbox: [
          {
            key: `referral.${stage}:${ref.referralId}`,
            subject: `referral:${ref.referralId}`,
            members: [row.referrer_id],
            type: `referral.${stage}`,
            payload: { referralId: ref.referralId },
          },
        ],
        decided: null,
        wakes: row.subject,
      });
    }
    return await readSnapshot(tx, ref);
  });
}
