import { NOT_REFERRED } from '../../domain/referrals/attribution.ts';
import { type Decision, decidedBy, notifyDecided, wokenByAll } from '../../engine/events/decide.ts';
import { refusedOutcome } from '../../engine/events/outcome.ts';
import { allWaitForFirst } from '../../engine/events/wait.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { tellActed, tellAllActed } from '../../engine/points/acted.ts';
import { inTransaction, noteDecision } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { ReferralRef } from './snapshot.ts';

/** Actions and refunds that came for one referral, in the order of their decisions. */
export interface ReferralEvents extends ReferralRef {
  readonly eventIds: readonly string[];
}

/**
 * Decides actions and refunds together, in one transaction, where there is no referral to decide them.
 * Returns whether that was so; false: nothing has changed, and the referral decides each.
 */
export const keepUnreferred = (deps: ActivityDeps, ref: ReferralEvents): Promise<boolean> =>
  inTransaction({ ...deps, isKept: true }, (tx) => decideUnreferred(tx, ref));

/**
 * Decides events without a referral, by one look at both, since a signup is decided as its referral begins:
 * they wait while their member's signup is not decided, and are refused afterwards. Those of a member whom
 * another referral has, as that of an invitation that the signup answered, are sent there. Locks the events.
 * Returns false, and changes nothing, where there is a referral. Throws when an event does not exist.
 */
export async function decideUnreferred(tx: Tx, ref: ReferralEvents): Promise<boolean> {
  const { programId, eventIds } = ref;
  const rows = await lockRows(tx, ref);
  if (rows.length < eventIds.length) throw new Error(`one of ${eventIds.join(', ')} does not exist`);
  if (rows.some(({ isThere }) => isThere)) return false;
  const open = rows.filter(({ state }) => state !== 'decided');
  const early = open.filter(({ isEarly }) => isEarly).map(({ id }) => id);
  if (early.length > 0) await allWaitForFirst(tx, programId, early, 'signup');
  const late = open.filter(({ isEarly }) => !isEarly);
  if (late.length > 0) await refuseAll(tx, ref, late);
  return true;
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly type: string;
  readonly subject: string | null;
  /** Whether the policy in force has rules for members. */
  readonly engages: boolean;
  readonly isThere: boolean;
  /** The signup is not decided, or another referral has the member: the pump finds its way anew. */
  readonly isEarly: boolean;
}

const lockRows = (tx: Tx, { programId, referralId, eventIds }: ReferralEvents): Promise<Row[]> =>
  tx.$queryRaw<Row[]>`
    SELECT e.id::text, e.state::text, e.type, e.subject, p.engages, EXISTS (
        SELECT FROM referrals r
        WHERE r.program_id = e.program_id AND r.id = ${referralId}::uuid) AS "isThere",
      EXISTS (
        SELECT FROM events s
        WHERE s.program_id = e.program_id AND s.subject = e.subject AND s.type = 'signup' AND s.id <> e.id
          AND s.state <> 'decided')
      OR EXISTS (
        SELECT FROM members m JOIN referrals o ON o.program_id = m.program_id AND o.referred_id = m.id
        WHERE m.program_id = e.program_id AND m.external_id = e.subject) AS "isEarly"
    FROM events e JOIN programs p ON p.id = e.program_id
    WHERE e.program_id = ${programId}::uuid AND e.id = ANY(${[...eventIds]}::uuid[])
    ORDER BY e.seq FOR NO KEY UPDATE OF e`;

/** Refuses them, and wakes what waits for them. What the policy answers may still earn points. */
async function refuseAll(
  tx: Tx,
  { programId, referralId }: ReferralEvents,
  rows: readonly Row[],
): Promise<void> {
  const outcome = { ...refusedOutcome(NOT_REFERRED), referralId };
  const decisions = rows.map(({ id: eventId }): Decision => ({ eventId, outcome }));
  for (const _ of decisions) noteDecision(tx, outcome);
  const ids = rows.map(({ id }) => id);
  const subjects = [...new Set(rows.flatMap(({ subject }) => subject ?? []))];
  await tx.$executeRaw`
    WITH ${decidedBy(programId, decisions, referralWorkflow(referralId))},
    ${wokenByAll(programId, subjects, ids)} ${notifyDecided}`;
  if (!rows.some(({ engages }) => engages)) return;
  const isRefund = ({ type }: Row) => type === 'refund';
  const actions = rows.filter((row) => !isRefund(row)).map(({ id }) => id);
  if (actions.length > 0) await tellAllActed(tx, programId, actions);
  for (const { id } of rows.filter(isRefund)) await tellActed(tx, programId, id);
}
