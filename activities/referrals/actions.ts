import type { Money } from '../../domain/money.ts';
import type { FixedRate } from '../../domain/rates/convert.ts';
import { type FixedRateRow, fixedRates, ratesOf } from '../../engine/rates/fixed.ts';
import { isAccepted, standingRefunds } from '../../engine/referrals/refunds.ts';
import { isStanding } from '../../engine/referrals/stands.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { LockedEvent } from './event.ts';

/** An action of the referred member that is decided, and what refunds have taken of it. */
export interface Action {
  readonly id: string;
  readonly type: string;
  readonly occurred_at_ms: number;
  readonly decided_at_ms: number;
  /** As it was sent, and refunds are in its unit. */
  readonly value: Money | null;
  /** Those that its decision fixed for the value. */
  readonly rates: readonly FixedRate[];
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of its value; above 0 for an action without a value once it was refunded. */
  readonly refunded_minor: bigint;
  /** The action's place among those of its type, by their own times. */
  readonly ordinal: number;
}

interface Row
  extends Omit<Action, 'occurred_at_ms' | 'decided_at_ms' | 'value' | 'rates' | 'refunded_minor'> {
  readonly occurredAt: Date;
  readonly decidedAt: Date;
  readonly value_minor: bigint | null;
  readonly unit: string | null;
  readonly rates: readonly FixedRateRow[];
  readonly refunded_minor: bigint;
  readonly isWhole: boolean;
}

/** Actions that stand. SQL over the event `e`. */
const stands = (referralId: string) => isStanding(Prisma.sql`e`, Prisma.sql`${referralId}`);

const RATES = fixedRates(Prisma.sql`e.program_id`, Prisma.sql`e.id`);

/**
 * The actions of the event's member that stand and for which the condition over `e` holds, in time order, as
 * if there were no refund with the key `without`.
 */
async function readActions(
  tx: Tx,
  { ref, subject }: LockedEvent,
  condition: Prisma.Sql,
  without: string | null = null,
): Promise<Action[]> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT e.id::text, e.type, e.occurred_at AS "occurredAt", e.decided_at AS "decidedAt", e.value_minor,
           e.unit, ${RATES} AS rates, e.payload, e.ordinal, f.minor AS refunded_minor, f."isWhole"
    FROM (
      SELECT e.*, (row_number() OVER (PARTITION BY e.type ORDER BY e.occurred_at, e.key))::int AS ordinal
      FROM events e
      WHERE e.program_id = ${ref.programId}::uuid AND e.subject = ${subject} AND ${stands(ref.referralId)}
    ) e, LATERAL (${standingRefunds(without)}) f
    WHERE ${condition}
    ORDER BY e.occurred_at, e.key`;
  return rows.map(actionOf);
}

function actionOf({
  occurredAt,
  decidedAt,
  value_minor,
  unit,
  rates,
  refunded_minor,
  isWhole,
  ...row
}: Row): Action {
  const value = value_minor === null || unit === null ? null : { minor: value_minor, unit };
  return {
    ...row,
    occurred_at_ms: occurredAt.getTime(),
    decided_at_ms: decidedAt.getTime(),
    value,
    rates: ratesOf(rates),
    refunded_minor: isWhole ? (value?.minor ?? 1n) : refunded_minor,
  };
}

/** The action with the key that a refund names; null: none stands under it. */
export async function readRefunded(tx: Tx, event: LockedEvent): Promise<Action | null> {
  const [action] = await readActions(tx, event, Prisma.sql`e.key = ${event.refundOf}`);
  return action ?? null;
}

/** A refund that the event takes back, and its action with it and without it. */
export interface TakenBackRefund {
  /** Null: it took all that was left. */
  readonly value: Money | null;
  /** Whether another event took it back before. */
  readonly isGone: boolean;
  readonly before: Action;
  readonly after: Action;
}

/** The accepted refund with the key that a refund names; null: there is none in this referral. */
export async function readTakenBack(tx: Tx, event: LockedEvent): Promise<TakenBackRefund | null> {
  const { ref, subject, refundOf } = event;
  const [row] = await tx.$queryRaw<
    { of: string; minor: bigint | null; unit: string | null; isGone: boolean }[]
  >`
    SELECT f.refund_of AS of, f.value_minor AS minor, f.unit, EXISTS (
      SELECT FROM events u
      WHERE u.program_id = f.program_id AND u.refund_of = f.key AND ${isAccepted(Prisma.sql`u`)}) AS "isGone"
    FROM events f
    WHERE f.program_id = ${ref.programId}::uuid AND f.key = ${refundOf} AND f.type = 'refund'
      AND f.subject = ${subject} AND ${isAccepted(Prisma.sql`f`)}`;
  if (row === undefined) return null;
  const isIt = Prisma.sql`e.key = ${row.of}`;
  const [before] = await readActions(tx, event, isIt);
  const [after] = await readActions(tx, event, isIt, refundOf);
  // A refund that itself takes one back has no action.
  if (before === undefined || after === undefined) return null;
  const value = row.minor === null || row.unit === null ? null : { minor: row.minor, unit: row.unit };
  return { value, isGone: row.isGone, before, after };
}

/** The action that qualified the referral; null: none does. */
export async function readQualifying(tx: Tx, event: LockedEvent): Promise<Action | null> {
  const { qualifyingEventId } = event.referral;
  if (qualifyingEventId === null) return null;
  const [action] = await readActions(tx, event, Prisma.sql`e.id = ${qualifyingEventId}::uuid`);
  return action ?? null;
}

/** All actions of the event's member that stand, in time order. */
export const readStanding = (tx: Tx, event: LockedEvent): Promise<Action[]> =>
  readActions(tx, event, Prisma.sql`true`);

/**
 * The actions of the event's type that came before it, in time order, with the numbers that they have once it
 * has the number `ordinal`: those that happened after it move up by one. Only those: `onlyMoved`.
 */
export async function readNumbered(
  tx: Tx,
  event: LockedEvent,
  ordinal: number,
  { onlyMoved = false } = {},
): Promise<Action[]> {
  const from = onlyMoved ? ordinal : 1;
  const isAsked = Prisma.sql`e.type = ${event.type} AND e.ordinal >= ${from}`;
  return (await readActions(tx, event, isAsked)).map((action) =>
    action.ordinal < ordinal ? action : { ...action, ordinal: action.ordinal + 1 },
  );
}

/** How many actions of the event's type stand that happened before it. */
export async function countEarlier(tx: Tx, event: LockedEvent): Promise<number> {
  const { ref, subject, type, occurred_at_ms } = event;
  const [row] = await tx.$queryRaw<{ earlier: number }[]>`
    SELECT count(*)::int AS earlier FROM events e
    JOIN events own ON own.program_id = e.program_id AND own.id = ${ref.eventId}::uuid
    WHERE e.program_id = ${ref.programId}::uuid AND e.subject = ${subject} AND e.type = ${type}
      AND ${stands(ref.referralId)}
      AND (e.occurred_at, e.key) < (${new Date(occurred_at_ms)}::timestamptz, own.key)`;
  return row?.earlier ?? 0;
}

/** The actions that may qualify the referral in place of another, in time order; none is wholly refunded. */
export async function readOthers(tx: Tx, event: LockedEvent, than: Action): Promise<Action[]> {
  const { event: type } = event.policy.qualification;
  const actions = await readActions(tx, event, Prisma.sql`e.type = ${type} AND e.id <> ${than.id}::uuid`);
  return actions.filter((action) => !isGone(action));
}

/** Whether refunds have left nothing of an action. */
export const isGone = ({ value, refunded_minor }: Action): boolean =>
  refunded_minor > 0n && leftOf(value, refunded_minor) <= 0n;

/** What refunds have left of a value, in minor units. */
export const leftOf = (value: Money | null, refunded_minor: bigint): bigint =>
  value === null ? 0n : value.minor - refunded_minor;
