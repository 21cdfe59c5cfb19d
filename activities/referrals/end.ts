import { isOnHold } from '../../domain/programs/deciding.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import { isEnd, next, REFUNDED, type ReferralStage, ranOutIn } from '../../domain/referrals/referral.ts';
import { must } from '../../domain/refusal.ts';
import { DAY_MS } from '../../domain/time.ts';
import { programStatusSql } from '../../engine/programs/status.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type ReferralRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/**
 * How long a pause puts off a passed deadline. The events that wait in a paused program are decided within
 * seconds of its resumption, so they come before the deadline.
 */
const PUT_OFF_MS = DAY_MS;

/**
 * Ends a referral whose time is up: expired if it never qualified, reversed if what had qualified it was
 * refunded, closed once refunds no longer count. While the program is paused, the deadline is put off,
 * because an event that meets it may be waiting; and while a block holds rewards, because rewards mature or
 * go back before their referral ends.
 */
export function endReferral(deps: ActivityDeps, ref: ReferralRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const referral = await lockReferral(tx, ref);
    if (referral.isDue && isKept(referral)) await putOffDeadline(tx, ref);
    else if (referral.isDue && !isEnd(referral.stage)) return await writeEnd(tx, ref, referral);
    return await readSnapshot(tx, ref);
  });
}

interface LockedReferral {
  readonly stage: ReferralStage;
  readonly reason: string | null;
  readonly isDue: boolean;
  /**
   * Whether it has rewards on hold that no operator holds: only those of a blocked member can be left at the
   * deadline.
   */
  readonly hasHeld: boolean;
  /** The referred member, by the host's id. */
  readonly subject: string | null;
  readonly referrerId: string;
  readonly programStatus: ProgramStatus;
}

async function lockReferral(tx: Tx, ref: ReferralRef): Promise<LockedReferral> {
  const now = new Date(ref.now_ms);
  const [row] = await tx.$queryRaw<LockedReferral[]>`
    SELECT r.stage::text, r.reason, r.due_at <= ${now}::timestamptz AS "isDue",
           coalesce(s.external_id, m.external_id) AS subject,
           EXISTS (SELECT FROM rewards w WHERE w.program_id = r.program_id AND w.referral_id = r.id
             AND w.status = 'held' AND w.held_by IS NULL) AS "hasHeld",
           r.referrer_id::text AS "referrerId",
           ${programStatusSql(ref.now_ms)}::text AS "programStatus"
    FROM referrals r
    JOIN programs p ON p.id = r.program_id
    LEFT JOIN members m ON m.program_id = r.program_id AND m.id = r.referred_id
    LEFT JOIN members s ON s.program_id = m.program_id AND s.id = m.merged_into
    WHERE r.program_id = ${ref.programId}::uuid AND r.id = ${ref.referralId}::uuid
    FOR UPDATE OF r`;
  if (row === undefined) throw new Error(`referral ${ref.referralId} does not exist`);
  return row;
}

/** Whether the deadline is put off: in a pause, and while a block holds rewards. */
const isKept = ({ programStatus, hasHeld, stage }: LockedReferral): boolean =>
  isOnHold(programStatus) || (hasHeld && !isEnd(stage));

async function putOffDeadline(tx: Tx, { programId, referralId, now_ms }: ReferralRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE referrals SET due_at = ${new Date(now_ms + PUT_OFF_MS)}
    WHERE program_id = ${programId}::uuid AND id = ${referralId}::uuid AND ended_at IS NULL`;
}

/** The message of each step that ends a referral by its deadline. */
const MESSAGE_TYPES = { close: 'referral.closed', expire: 'referral.expired' } as const;

async function writeEnd(
  tx: Tx,
  { programId, referralId, now_ms }: ReferralRef,
  { stage: before, reason, referrerId, subject }: LockedReferral,
): Promise<ReferralSnapshot> {
  const step = before === 'qualified' || before === 'rewarded' ? 'close' : 'expire';
  // Its qualifying action was refunded, and no other came in time.
  const isReversed = before === 'signed_up' && reason === REFUNDED;
  const stage = must(next(before, isReversed ? 'refund' : step));
  const type = MESSAGE_TYPES[step];
  return await writeChange(tx, {
    programId,
    referralId,
    stage,
    reason: isReversed ? reason : step === 'expire' ? ranOutIn(before) : null,
    ended_at_ms: now_ms,
    rewards: [],
    outbox: [
      {
        key: `${type}:${referralId}`,
        subject: `referral:${referralId}`,
        members: [referrerId],
        type,
        payload: { referralId },
      },
    ],
    decided: null,
    wakes: subject,
  });
}
