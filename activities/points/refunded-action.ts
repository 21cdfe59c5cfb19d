import type { ActionRest, RefundableAction } from '../../domain/points/take-back.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { readFixedRates } from '../../engine/rates/fixed.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** The counted action that a refund is about. */
export interface RefundedAction extends RefundableAction {
  readonly type: string;
}

/**
 * Reads the counted action that a refund is about, and locks its member and everyone who got points for it.
 * Returns null when the member has no counted action under that key.
 */
export async function lockRefundedAction(tx: Tx, refund: SourceEvent): Promise<RefundedAction | null> {
  const { programId, actor } = refund;
  const eventId = await findAction(tx, refund);
  if (eventId === null) return null;
  const recipients = await tx.pointPosting.findMany({
    where: { programId, eventId },
    select: { memberId: true },
  });
  await lockMembers(tx, programId, [actor.id, ...recipients.map(({ memberId }) => memberId)]);
  const row = await tx.memberAction.findUnique({ where: { programId_eventId: { programId, eventId } } });
  if (row === null) return null;
  const rates = await readFixedRates(tx, programId, [eventId]);
  return {
    eventId,
    type: row.type,
    occurred_at_ms: row.occurredAt.getTime(),
    value: row.valueMinor === null || row.unit === null ? null : { minor: row.valueMinor, unit: row.unit },
    rates: rates.get(eventId),
    refunded_minor: row.refundedMinor,
    whole: row.refundedAt !== null,
  };
}

/** SQL over an event: another one, `c`, by which it is counted: it itself, or the one that stands for it. */
export const countsEvent = (event: Prisma.Sql) => Prisma.sql`c.program_id = ${event}.program_id
  AND c.state = 'decided'
  AND (c.key = 'acted:' || ${event}.id OR (c.id = ${event}.id AND c.workflow_id LIKE 'member-%'))`;

/**
 * What came of a refund that was counted before: while it waited for its referral, or as it was handed over.
 * Null: it was not. Read under the lock of its action's member, since two may count it at once.
 */
export async function toldBefore(tx: Tx, { programId, eventId }: SourceEvent): Promise<Outcome | null> {
  const [told] = await tx.$queryRaw<{ outcome: Outcome }[]>`
    SELECT c.outcome FROM events e JOIN events c ON ${countsEvent(Prisma.sql`e`)}
    WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid
    LIMIT 1`;
  return told?.outcome ?? null;
}

/** Writes what is left of the action, for which it counts from now on. */
export async function writeRest(
  tx: Tx,
  programId: string,
  { eventId, value }: RefundedAction,
  { whole, value: rest }: ActionRest,
): Promise<void> {
  const left_minor = whole ? 0n : (rest?.minor ?? 0n);
  await tx.memberAction.update({
    where: { programId_eventId: { programId, eventId } },
    data: {
      refundedMinor: value === null ? 0n : value.minor - left_minor,
      refundedAt: whole ? new Date() : null,
    },
    select: { eventId: true },
  });
}

async function findAction(tx: Tx, { programId, refundOf, actor }: SourceEvent): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ eventId: string }[]>`
    SELECT a.event_id::text AS "eventId" FROM events t
    JOIN member_actions a
      ON a.program_id = t.program_id AND a.event_id = t.id AND a.member_id = ${actor.id}::uuid
    WHERE t.program_id = ${programId}::uuid AND t.key = ${refundOf} AND t.type <> 'signup'`;
  return row?.eventId ?? null;
}
