import type { Money } from '../../domain/money.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { FixedRate } from '../../domain/rates/convert.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { latestVersion } from '../policies/latest.ts';
import { programStatusSql } from '../programs/status.ts';
import { MAY_CONVERT } from '../rates/fix.ts';
import { ratesFor } from './rates.ts';

/** An event that counts, or a refund that takes back what counted, with its member. */
export interface SourceEvent {
  readonly programId: string;
  readonly eventId: string;
  readonly type: string;
  readonly occurred_at_ms: number;
  /** As it was sent. */
  readonly value: Money | null;
  /** Those that were fixed for the value. */
  readonly rates: readonly FixedRate[];
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  /** For a refund: the key of what it takes back. */
  readonly refundOf: string | null;
  readonly actor: {
    readonly id: string;
    /** The member's time zone, or else the program's. */
    readonly zone: string;
    readonly signed_up_at_ms: number | null;
  };
  /** The member credited with the actor's signup; null: nobody, or the signup is in review or rejected. */
  readonly referrerId: string | null;
  /** At the moment of the decision. */
  readonly programStatus: ProgramStatus;
  readonly policyVersion: number;
  /** Of the policy version in force; null: it has no points. */
  readonly points: PointsPolicy | null;
  /** The unit of that policy. */
  readonly unit: string;
}

interface SourceRow {
  readonly type: string;
  readonly occurredAt: Date;
  readonly valueMinor: bigint | null;
  readonly unit: string | null;
  readonly mayConvert: boolean;
  readonly isDecided: boolean;
  readonly payload: { readonly properties?: SourceEvent['properties'] };
  readonly refundOf: string | null;
  readonly programStatus: ProgramStatus;
  readonly programZone: string;
  readonly version: number;
  readonly actorId: string;
  readonly actorZone: string | null;
  readonly signedUpAt: Date | null;
  readonly referrerId: string | null;
}

/** An event to be counted, and the workflow's clock. */
export interface SourceRef {
  readonly programId: string;
  readonly eventId: string;
  readonly now_ms: number;
}

/** Reads an event with all that counting it takes; null when its member does not exist. */
export async function readSource(
  tx: Tx,
  policies: Policies,
  { programId, eventId, now_ms }: SourceRef,
): Promise<SourceEvent | null> {
  const [row] = await tx.$queryRaw<SourceRow[]>`
    SELECT e.type, e.occurred_at AS "occurredAt", e.value_minor AS "valueMinor", e.unit,
      ${MAY_CONVERT} AS "mayConvert", e.state = 'decided' AS "isDecided", e.payload,
      e.refund_of AS "refundOf", ${programStatusSql(now_ms)}::text AS "programStatus",
      p.time_zone AS "programZone", ${latestVersion(Prisma.sql`e.program_id`)} AS version,
      m.id::text AS "actorId", m.time_zone AS "actorZone", m.signed_up_at AS "signedUpAt",
      r.referrer_id::text AS "referrerId"
    FROM events e
    JOIN programs p ON p.id = e.program_id
    JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
    LEFT JOIN referrals r
      ON r.program_id = m.program_id AND r.referred_id = m.id AND r.stage NOT IN ('in_review', 'rejected')
    WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid`;
  if (row === undefined) return null;
  const { type, valueMinor, unit, payload, refundOf, programStatus, referrerId, version } = row;
  const policy = await policies.load(tx, programId, version);
  const value = valueMinor === null || unit === null ? null : { minor: valueMinor, unit };
  const { isDecided } = row;
  const event = { programId, eventId, value, occurred_at_ms: row.occurredAt.getTime(), isDecided };
  return {
    programId,
    eventId,
    type,
    occurred_at_ms: row.occurredAt.getTime(),
    value,
    rates: row.mayConvert && type !== 'refund' ? await ratesFor(tx, event, policy) : [],
    properties: payload.properties ?? {},
    refundOf,
    actor: {
      id: row.actorId,
      zone: row.actorZone ?? row.programZone,
      signed_up_at_ms: row.signedUpAt?.getTime() ?? null,
    },
    referrerId,
    programStatus,
    policyVersion: version,
    points: policy.points ?? null,
    unit: policy.unit,
  };
}
