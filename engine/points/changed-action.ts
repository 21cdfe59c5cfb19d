import { ACTIONS_MAX, type CountedAction, reachOf } from '../../domain/points/achievements.ts';
import type { EventAction } from '../../domain/points/award-changes.ts';
import type { AchievementRule } from '../../domain/points/policy.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { readFixedRates } from '../rates/fixed.ts';

/** An action that is counted, refunded or comes back: what it counted for, and what it counts for now. */
export interface ChangedAction {
  readonly programId: string;
  readonly memberId: string;
  readonly eventId: string;
  readonly type: string;
  readonly occurred_at_ms: number;
  /** Null: it did not count, or does not. */
  readonly before: CountedAction | null;
  readonly after: CountedAction | null;
}

/** A member's actions around one that changed, as they were before that and as they are now. */
export interface ActionsChanged {
  readonly before: readonly EventAction[];
  readonly after: readonly EventAction[];
  /** How many counted actions of the type happened before the changed one's moment. */
  readonly earlier: number;
  /** There are later actions than were read. */
  readonly isCut: boolean;
}

interface Row {
  readonly eventId: string;
  readonly occurredAt: Date;
  readonly minor: bigint | null;
  readonly unit: string | null;
  readonly isBefore: boolean;
}

/**
 * Reads what awards of these achievements rest on, as far as the changed action may move it: the latest
 * actions before it within the tests' reach, and the first after it.
 */
export async function readActionsChanged(
  tx: Tx,
  changed: ChangedAction,
  rules: readonly AchievementRule[],
): Promise<ActionsChanged> {
  const { programId, memberId, type, occurred_at_ms } = changed;
  const tests = rules.map(({ test }) => test);
  const rows = await readRows(tx, changed, Math.max(...tests.map(reachOf)));
  const isValued = tests.some(({ kind }) => kind === 'sum');
  const valued = isValued ? rows.filter(({ unit }) => unit !== null) : [];
  const rates = await readFixedRates(
    tx,
    programId,
    valued.map(({ eventId }) => eventId),
  );
  const others: readonly EventAction[] = rows.map(({ eventId, occurredAt, minor, unit }) => ({
    eventId,
    at_ms: occurredAt.getTime(),
    value: minor === null || unit === null ? null : { minor, unit },
    rates: rates.get(eventId),
  }));
  const place = rows.filter(({ isBefore }) => isBefore).length;
  const withOwn = (own: CountedAction | null) =>
    own === null ? others : others.toSpliced(place, 0, { ...own, eventId: changed.eventId });
  const isCounted = tests.some((test) => reachOf(test) === 0);
  const where = { programId, memberId, type, refundedAt: null, occurredAt: { lt: new Date(occurred_at_ms) } };
  return {
    before: withOwn(changed.before),
    after: withOwn(changed.after),
    earlier: isCounted ? await tx.memberAction.count({ where }) : 0,
    isCut: others.filter(({ at_ms }) => at_ms >= occurred_at_ms).length === ACTIONS_MAX,
  };
}

/** SQL over a counted action `a`: its event's key. An event that went with its month comes first. */
const KEY = Prisma.sql`
  coalesce((SELECT k.key FROM events k WHERE k.program_id = a.program_id AND k.id = a.event_id), '')`;

/** The other actions that count, in the order of their own times; at one moment the key decides. */
const readRows = (
  tx: Tx,
  { programId, memberId, eventId, type, occurred_at_ms }: ChangedAction,
  reach_ms: number,
): Promise<Row[]> => {
  const [from, at] = [new Date(occurred_at_ms - reach_ms), new Date(occurred_at_ms)];
  const others = Prisma.sql`
    SELECT * FROM member_actions
    WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid AND type = ${type}
      AND refunded_at IS NULL AND event_id <> ${eventId}::uuid`;
  return tx.$queryRaw<Row[]>`
    SELECT a.event_id::text AS "eventId", a.occurred_at AS "occurredAt",
      a.value_minor - a.refunded_minor AS minor, a.unit,
      a.occurred_at < ${at} OR (a.occurred_at = ${at} AND a.key < a.own_key) AS "isBefore"
    FROM (
      SELECT a.*, ${KEY} AS key, coalesce((
        SELECT e.key FROM events e WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid
      ), '') AS own_key
      FROM (
        (${others} AND occurred_at >= ${from} AND occurred_at < ${at}
          ORDER BY occurred_at DESC LIMIT ${ACTIONS_MAX})
        UNION ALL
        (${others} AND occurred_at >= ${at} ORDER BY occurred_at LIMIT ${ACTIONS_MAX})) a) a
    ORDER BY a.occurred_at, a.key, a.event_id`;
};
