import type { MovedDeed } from '../../domain/points/numbers.ts';
import type { ActionRest } from '../../domain/points/take-back.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { type FixedRateRow, fixedRates, ratesOf } from '../rates/fixed.ts';
import type { SourceEvent } from './source.ts';

/** A member's actions of one type, as SQL names it. */
interface ActionsOf {
  readonly programId: string;
  readonly memberId: string;
  readonly type: Prisma.Sql;
}

/** SQL over a counted action `a`: its event's key. An event that went with its month comes first. */
const KEY = Prisma.sql`
  coalesce((SELECT k.key FROM events k WHERE k.program_id = a.program_id AND k.id = a.event_id), '')`;

const among = ({ programId, memberId, type }: ActionsOf) => Prisma.sql`
  a.program_id = ${programId}::uuid AND a.member_id = ${memberId}::uuid AND a.type = ${type}`;

/** SQL over an event `f` and an action `a`: whether that happened after it; at one moment the key decides. */
const isLater = (of: ActionsOf) => Prisma.sql`
  ${among(of)} AND a.occurred_at >= f.occurred_at AND (a.occurred_at > f.occurred_at OR ${KEY} > f.key)`;

/** SQL over an event `f`: whether a counted action happened after it. */
export const hasLater = (of: ActionsOf): Prisma.Sql => Prisma.sql`
  EXISTS (SELECT FROM member_actions a WHERE ${isLater(of)})`;

/** SQL over an event `f`: how many counted actions happened before it, those that were refunded too. */
export const earlierActions = (of: ActionsOf): Prisma.Sql => Prisma.sql`(
  SELECT count(*)::int FROM member_actions a
  WHERE ${among(of)} AND a.occurred_at <= f.occurred_at
    AND (a.occurred_at < f.occurred_at OR ${KEY} < f.key))`;

/** An action whose number has moved, with what refunds have left of it. */
export interface MovedAction extends MovedDeed {
  readonly policyVersion: number;
  readonly rest: ActionRest;
}

interface Row {
  readonly eventId: string;
  readonly occurredAt: Date;
  readonly valueMinor: bigint | null;
  readonly unit: string | null;
  readonly refundedMinor: bigint;
  readonly isGone: boolean;
  readonly version: number | null;
  readonly before: number;
  readonly number: number;
  /** Null: the event went with its month. */
  readonly properties: SourceEvent['properties'] | null;
  readonly rates: readonly FixedRateRow[];
}

const RATES = fixedRates(Prisma.sql`m.program_id`, Prisma.sql`m.event_id`);

/**
 * The counted actions after an event of their type whose rules were asked by another number than they have
 * with it, the earliest first, at most so many. An action of before numbers were noted is taken to have been
 * asked by the number that it had without the event, and by the version in force. What went with its month
 * keeps its number, and its properties are not known any more.
 */
export async function readMoved(
  tx: Tx,
  policies: Policies,
  source: SourceEvent,
  max: number,
): Promise<MovedAction[]> {
  const { programId, eventId, actor, type } = source;
  const of = { programId, memberId: actor.id, type: Prisma.sql`${type}` };
  const rows = await tx.$queryRaw<Row[]>`
    SELECT m.event_id::text AS "eventId", m.occurred_at AS "occurredAt", m.value_minor AS "valueMinor",
      m.unit, m.refunded_minor AS "refundedMinor", m.refunded_at IS NOT NULL AS "isGone",
      m.policy_version AS version, coalesce(m.number, m.now - 1)::int AS before, m.now AS number,
      e.payload->'properties' AS properties, ${RATES} AS rates
    FROM (
      SELECT a.*, (${earlierActions(of)} + 1
        + row_number() OVER (ORDER BY a.occurred_at, ${KEY}, a.event_id))::int AS now
      FROM events f JOIN member_actions a ON ${isLater(of)}
      WHERE f.program_id = ${programId}::uuid AND f.id = ${eventId}::uuid) m
    LEFT JOIN events e ON e.program_id = m.program_id AND e.id = m.event_id
    WHERE m.number IS DISTINCT FROM m.now
    ORDER BY m.now LIMIT ${max}`;
  const moved: MovedAction[] = [];
  for (const row of rows) {
    const policyVersion = row.version ?? source.policyVersion;
    const { points = null, unit } = await policies.load(tx, programId, policyVersion);
    moved.push(movedOf(source, row, { policyVersion, points, unit }));
  }
  return moved;
}

/** As if its member had just done it. */
function movedOf(
  { type, actor, referrerId, programStatus }: SourceEvent,
  row: Row,
  policy: Pick<MovedAction, 'policyVersion' | 'points' | 'unit'>,
): MovedAction {
  const { eventId, occurredAt, valueMinor, unit, refundedMinor, isGone, before, number, properties } = row;
  const value = valueMinor === null || unit === null ? null : { minor: valueMinor, unit };
  const rates = ratesOf(row.rates);
  const left = value === null || isGone ? null : { ...value, minor: value.minor - refundedMinor };
  return {
    ...{ eventId, type, occurred_at_ms: occurredAt.getTime(), value, rates, properties: properties ?? {} },
    ...{ actor, referrerId, programStatus, before, number, ...policy },
    rest: { whole: isGone, value: left, rates },
  };
}
