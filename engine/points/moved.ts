import type { MovedDeed } from '../../domain/points/numbers.ts';
import type { Seen } from '../../domain/points/seen.ts';
import type { ActionRest } from '../../domain/points/take-back.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { type FixedRateRow, fixedRates, ratesOf } from '../rates/fixed.ts';
import type { SourceEvent } from './source.ts';

/** SQL over a counted action `a`: its event's key. An event that went with its month comes first. */
export const ACTION_KEY = Prisma.sql`
  coalesce((SELECT k.key FROM events k WHERE k.program_id = a.program_id AND k.id = a.event_id), '')`;

/** A counted action of which another event has moved what its rules see, with what refunds have left. */
export interface MovedAction extends MovedDeed {
  readonly policyVersion: number;
  readonly rest: ActionRest;
  /** In the keys of what it is granted by what its rules see now: there is one of each in its life. */
  readonly mark: string;
}

/** The same as it is on record. */
export interface MovedRow {
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly valueMinor: bigint | null;
  readonly unit: string | null;
  readonly refundedMinor: bigint;
  readonly isGone: boolean;
  readonly version: number | null;
  /** Null: it is not on record what its rules saw of the member's signup. */
  readonly again: number | null;
  readonly askedReferrer: string | null;
  readonly askedSignup: Date | null;
  readonly askedCount: number | null;
  /** Null: the event went with its month. */
  readonly properties: SourceEvent['properties'] | null;
  readonly rates: readonly FixedRateRow[];
}

/** SQL over a counted action `a`: who was known to have brought its member, or into whom they were merged. */
export const ASKED_REFERRER = Prisma.sql`(
  SELECT coalesce(n.merged_into, n.id) FROM members n
  WHERE n.program_id = a.program_id AND n.id = a.asked_referrer_id)`;

/** SQL over a counted action `a` and its event `e`: the columns of `MovedRow`. */
export const MOVED_COLUMNS = Prisma.sql`
  a.event_id::text AS "eventId", a.type, a.occurred_at AS "occurredAt", a.value_minor AS "valueMinor", a.unit,
  a.refunded_minor AS "refundedMinor", a.refunded_at IS NOT NULL AS "isGone", a.policy_version AS version,
  a.asked_again AS again, ${ASKED_REFERRER}::text AS "askedReferrer", a.asked_signup_at AS "askedSignup",
  a.asked_count AS "askedCount", e.payload->'properties' AS properties,
  ${fixedRates(Prisma.sql`a.program_id`, Prisma.sql`a.event_id`)} AS rates`;

export const MOVED_EVENT = Prisma.sql`
  LEFT JOIN events e ON e.program_id = a.program_id AND e.id = a.event_id`;

/** Whose actions these are, and what counts for them now. */
export type MovedBy = Pick<
  SourceEvent,
  'programId' | 'actor' | 'referrerId' | 'programStatus' | 'policyVersion'
>;

/** What the rules of an action saw, but for its number. Where that is not on record: what they see now. */
export const seenBefore = (
  { again, askedReferrer, askedSignup, askedCount }: MovedRow,
  { referrerId, actor }: Pick<MovedBy, 'referrerId' | 'actor'>,
): Omit<Seen, 'number'> =>
  again === null
    ? { referrerId, signed_up_at_ms: actor.signed_up_at_ms, qualifiedCount: 0 }
    : {
        referrerId: askedReferrer,
        signed_up_at_ms: askedSignup?.getTime() ?? null,
        qualifiedCount: askedCount ?? 0,
      };

/** The action as if its member had just done it, by the policy that counted it. */
export async function movedOf(
  tx: Tx,
  policies: Policies,
  by: MovedBy,
  row: MovedRow,
  seen: Pick<MovedAction, 'before' | 'now' | 'mark'>,
): Promise<MovedAction> {
  const { eventId, type, occurredAt, valueMinor, refundedMinor, isGone, properties } = row;
  const { actor, programStatus } = by;
  const policyVersion = row.version ?? by.policyVersion;
  const { points = null, unit } = await policies.load(tx, by.programId, policyVersion);
  const value = valueMinor === null || row.unit === null ? null : { minor: valueMinor, unit: row.unit };
  const rates = ratesOf(row.rates);
  const left = value === null || isGone ? null : { ...value, minor: value.minor - refundedMinor };
  return {
    ...{ eventId, type, occurred_at_ms: occurredAt.getTime(), value, rates, properties: properties ?? {} },
    ...{ actor, referrerId: seen.now.referrerId, programStatus, ...seen, policyVersion, points, unit },
    rest: { whole: isGone, value: left, rates },
  };
}
