import { type Reversal, reverseWhole } from '../../domain/referrals/refund.ts';
import { refuse } from '../../domain/refusal.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { isStanding } from '../../engine/referrals/stands.ts';
import { POSTINGS_PER_CALL_MAX } from '../../ledger/post.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { LockedEvent } from './event.ts';
import { endOfTime } from './in-time.ts';
import { settledStage } from './mature.ts';
import { referredOf } from './referred.ts';
import { lockGranted } from './refund-facts.ts';
import { closeEvent } from './refuse.ts';
import { amountsOf, reversedMessage, reverseRewards } from './reverse.ts';
import type { ReferralSnapshot } from './snapshot.ts';
import { isWithin, type Span } from './span.ts';
import { writeChange } from './write.ts';

/** How many actions one step finds too late; a command goes on with the rest. */
export const ENDED_PAGE = 100;

const ended = refuse('referral_ended', 'The referral’s time was over by then, as came to light later.');
const unknown = refuse('refund_of_unknown', 'The referral’s time was over when the refunded event happened.');

/**
 * Takes back what actions earned that are too late by now, since the referral's time ended earlier than was
 * known when they came: they are refused, as they would have been, and so are their refunds. They happened
 * after all that is in time, so no number moves, and none of them qualifies the referral. Returns the
 * referral's new snapshot; null: there is none.
 */
export async function endActions(tx: Tx, event: LockedEvent, span: Span): Promise<ReferralSnapshot | null> {
  const late = await readLate(tx, event, span);
  const page = late.slice(0, ENDED_PAGE);
  const next = late[ENDED_PAGE];
  if (page.length === 0) return null;
  if (next !== undefined) await goOnEnding(tx, event, { ...span, from_ms: next.at.getTime() });
  const ids = page.map(({ id }) => id);
  // The event may have taken back and told something itself.
  const by = { ...event, cause: `${event.cause}:ended` };
  const lost = await takeBack(tx, by, ids);
  await refuseLate(tx, event, ids, lost);
  const { ref, referral } = event;
  const { programId, referralId } = ref;
  const stage = await settledStage(tx, ref, referral.stage);
  const reversals = lost.map(({ reversal }) => reversal);
  return await writeChange(tx, {
    programId,
    referralId,
    stage: stage === referral.stage ? null : stage,
    rewards: [],
    outbox: reversals.length === 0 ? [] : [reversedMessage(by, { reversals, unqualifies: false })],
    decided: null,
  });
}

interface Late {
  readonly id: string;
  readonly at: Date;
}

/** A page of the actions that are too late, and one more, the earliest first. */
const readLate = (tx: Tx, { ref, subject }: LockedEvent, span: Span) => tx.$queryRaw<Late[]>`
  SELECT e.id::text, e.occurred_at AS at FROM events e
  WHERE e.program_id = ${ref.programId}::uuid AND e.subject = ${subject} AND e.id <> ${ref.eventId}::uuid
    AND ${isStanding(Prisma.sql`e`, Prisma.sql`${ref.referralId}`)} AND ${isWithin(span)}
  ORDER BY e.occurred_at, e.key LIMIT ${ENDED_PAGE + 1}`;

interface Lost {
  readonly actionId: string;
  readonly reversal: Reversal;
}

/** Takes back what the actions earned themselves. What hangs on the referrer's count is not theirs. */
async function takeBack(tx: Tx, event: LockedEvent, ids: readonly string[]): Promise<Lost[]> {
  const { programId, referralId } = event.ref;
  const where = { programId, referralId, eventId: { in: [...ids] } };
  const rows = await tx.reward.findMany({ where, select: { id: true, eventId: true } });
  if (rows.length === 0) return [];
  const actionOf = new Map(rows.map(({ id, eventId }) => [id, eventId]));
  const { rewards } = await lockGranted(tx, event, null);
  const own = rewards.filter(
    ({ rewardId, rule }) => actionOf.has(rewardId) && rule.trigger.on === 'nth_event',
  );
  const reversals = reverseWhole(own);
  for (let at = 0; at < reversals.length; at += POSTINGS_PER_CALL_MAX) {
    const some = reversals.slice(at, at + POSTINGS_PER_CALL_MAX);
    await reverseRewards(tx, event, { rewards: own, milestoneRewards: [] }, { reversals: some });
  }
  return reversals.flatMap((reversal) => {
    const actionId = actionOf.get(reversal.rewardId ?? '') ?? null;
    return actionId === null ? [] : [{ actionId, reversal }];
  });
}

/** Refuses actions that had been accepted, and whatever has come to take them back. */
async function refuseLate(
  tx: Tx,
  event: LockedEvent,
  ids: readonly string[],
  lost: readonly Lost[],
): Promise<void> {
  const { ref, subject } = event;
  const { programId, referralId, eventId: ended_by } = ref;
  const outcomes = ids.map((id) => {
    const reversed = amountsOf(
      event,
      lost.filter(({ actionId }) => actionId === id).map(({ reversal }) => reversal),
    );
    const trace = { ended_by, ...(reversed.length > 0 && { reversed }) };
    return { id, outcome: { ...refusedOutcome(ended), referralId, trace } satisfies Outcome };
  });
  const ofRefunds: Outcome = { ...refusedOutcome(unknown), referralId, trace: { ended_by } };
  await tx.$executeRaw`
    WITH RECURSIVE late AS (
      SELECT e.id, e.key, o.outcome
      FROM jsonb_to_recordset(${toJsonText(outcomes)}::jsonb) AS o(id uuid, outcome jsonb)
      JOIN events e ON e.program_id = ${programId}::uuid AND e.id = o.id
      UNION
      SELECT f.id, f.key, ${toJsonText(ofRefunds)}::jsonb
      FROM late l JOIN events f ON f.program_id = ${programId}::uuid AND f.refund_of = l.key
      WHERE f.type = 'refund' AND f.subject = ${subject} AND f.state = 'decided'
    )
    UPDATE events e SET outcome = l.outcome, decided_at = clock_timestamp() FROM late l
    WHERE e.program_id = ${programId}::uuid AND e.id = l.id`;
  await tx.askedCount.deleteMany({ where: { programId, referralId, eventId: { in: [...ids] } } });
}

/** Has the rest found too late by a command. */
async function goOnEnding(tx: Tx, { ref, cause }: LockedEvent, { from_ms, until_ms }: Span): Promise<void> {
  const { programId, referralId, now_ms } = ref;
  const endedUntil = Number.isFinite(until_ms) ? new Date(until_ms).toISOString() : 'always';
  await callWorkflows(tx, [
    {
      programId,
      workflowId: referralWorkflow(referralId),
      type: 'referral.recount.due',
      key: `referral.recount.due:${referralId}:ended:${cause}`,
      payload: { endedFrom: new Date(from_ms).toISOString(), endedUntil },
      at: new Date(now_ms),
    },
  ]);
}

/** Whether a command asks to go on with that. */
export const goesOnEnding = ({ payload }: LockedEvent): boolean => typeof payload['endedFrom'] === 'string';

/** Goes on with what a step left: one page more, as far as it is too late still. */
export async function endActionsOn(tx: Tx, locked: LockedEvent): Promise<ReferralSnapshot> {
  const { ref, payload, referral } = locked;
  const event = { ...locked, subject: await referredOf(tx, locked) };
  const { endedFrom, endedUntil } = payload;
  const until_ms = endedUntil === 'always' ? Number.POSITIVE_INFINITY : Date.parse(String(endedUntil));
  const end_ms = await endOfTime(tx, event);
  const from_ms = Math.max(Date.parse(String(endedFrom)), end_ms ?? until_ms);
  const after = from_ms < until_ms ? await endActions(tx, event, { from_ms, until_ms }) : null;
  const stage = after?.stage ?? referral.stage;
  const outcome = { decision: 'accepted', referralId: ref.referralId, stage } as const;
  return await closeEvent(tx, { ref, subject: null }, outcome);
}
