import { isEnd, next, type ReferralStage } from '../../domain/referrals/referral.ts';
import { must } from '../../domain/refusal.ts';
import { DAY_MS } from '../../domain/time.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { type ReferralRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

interface Row {
  stage: ReferralStage;
  due: boolean;
  subject: string | null;
  referrer_id: string;
  paused: boolean;
}

/** What waits in a paused program is decided within seconds of its resumption, and a deadline that passed meanwhile waits longer. */
const PUT_OFF_MS = DAY_MS;

/** The message of each step that ends a referral by its deadline. */
const ENDED = { close: 'referral.closed', expire: 'referral.expired' } as const;

/**
 * Ends a referral whose time is up: expired when it never qualified, closed when refunds no longer count. While its program is
 * paused the deadline is put off, since what would meet it may be waiting.
 */
export function endReferral(deps: ActivityDeps, ref: ReferralRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>`
      SELECT r.stage::text, r.due_at <= ${new Date(ref.now_ms)}::timestamptz AS due, m.external_id AS subject, r.referrer_id::text,
             program_status_at(p.status, p.starts_at, p.ends_at, ${new Date(ref.now_ms)}) = 'paused' AS paused
      FROM referrals r JOIN programs p ON p.id = r.program_id LEFT JOIN members m ON m.program_id = r.program_id AND m.id = r.referred_id
      WHERE r.program_id = ${ref.programId}::uuid AND r.id = ${ref.referralId}::uuid
      FOR UPDATE OF r`;
    if (row === undefined) throw new Error(`referral ${ref.referralId} does not exist`);
    if (row.due && row.paused) {
      await tx.$executeRaw`
        UPDATE referrals SET due_at = ${new Date(ref.now_ms + PUT_OFF_MS)}
        WHERE program_id = ${ref.programId}::uuid AND id = ${ref.referralId}::uuid AND ended_at IS NULL`;
    } else if (row.due && !isEnd(row.stage)) {
      const step = row.stage === 'qualified' || row.stage === 'rewarded' ? 'close' : 'expire';
      const stage = must(next(row.stage, step));
      const type = ENDED[step];
      return await writeChange(tx, {
        programId: ref.programId,
        referralId: ref.referralId,
        stage,
        reason: step === 'expire' ? `time ran out in stage ${row.stage}` : null,
        ended_at_ms: ref.now_ms,
        rewards: [],
        outbox: [
          {
            key: `${type}:${ref.referralId}`,
            subject: `referral:${ref.referralId}`,
            members: [row.referrer_id],
            type,
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
