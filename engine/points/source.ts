import type { Money } from '../../domain/money.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { latestVersion } from '../policies/latest.ts';
import { programStatusSql } from '../programs/status.ts';

/** An event that counts, or takes back what counted, and whom it is about. */
export interface SourceEvent {
  readonly programId: string;
  readonly eventId: string;
  readonly type: string;
  readonly occurred_at_ms: number;
  readonly value: Money | null;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  /** For a refund: the key of what it takes back. */
  readonly refundOf: string | null;
  readonly actor: {
    readonly id: string;
    /** The member's, or else the program's. */
    readonly zone: string;
    readonly signed_up_at_ms: number | null;
  };
  /** Whoever is credited with the actor's signup; null: nobody, or it is not (yet) trusted. */
  readonly referrerId: string | null;
  /** At the moment of the decision. */
  readonly programStatus: ProgramStatus;
  readonly policyVersion: number;
  /** Of the version in force. */
  readonly points: PointsPolicy | null;
}

interface Row {
  type: string;
  occurred_at: Date;
  value_minor: bigint | null;
  unit: string | null;
  payload: { readonly properties?: SourceEvent['properties'] };
  refund_of: string | null;
  program_status: ProgramStatus;
  program_zone: string;
  version: number;
  actor_id: string;
  actor_zone: string | null;
  signed_up_at: Date | null;
  referrer_id: string | null;
}

/** An event to be counted, and the workflow's clock. */
export interface SourceRef {
  readonly programId: string;
  readonly eventId: string;
  readonly now_ms: number;
}

/** Reads an event with what counting it asks for; null when we do not know its member. */
export async function readSource(
  tx: Tx,
  policies: Policies,
  { programId, eventId, now_ms }: SourceRef,
): Promise<SourceEvent | null> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT e.type, e.occurred_at, e.value_minor, e.unit, e.payload, e.refund_of,
           ${programStatusSql(now_ms)}::text AS program_status, p.time_zone AS program_zone,
           ${latestVersion(Prisma.sql`e.program_id`)} AS version,
           m.id::text AS actor_id, m.time_zone AS actor_zone, m.signed_up_at, r.referrer_id::text
    FROM events e
    JOIN programs p ON p.id = e.program_id
    JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
    LEFT JOIN referrals r ON r.program_id = m.program_id AND r.referred_id = m.id
      AND r.stage NOT IN ('in_review', 'rejected')
    WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid`;
  if (row === undefined) return null;
  const { points } = await policies.load(tx, programId, row.version);
  return {
    programId,
    eventId,
    type: row.type,
    occurred_at_ms: row.occurred_at.getTime(),
    value: row.value_minor === null || row.unit === null ? null : { minor: row.value_minor, unit: row.unit },
    properties: row.payload.properties ?? {},
    refundOf: row.refund_of,
    actor: {
      id: row.actor_id,
      zone: row.actor_zone ?? row.program_zone,
      signed_up_at_ms: row.signed_up_at?.getTime() ?? null,
    },
    referrerId: row.referrer_id,
    programStatus: row.program_status,
    policyVersion: row.version,
    points: points ?? null,
  };
}

/**
 * Locks members in one order, so that two of whom each gives the other points do not wait for each other. Gives how many
 * qualified referrals each has.
 */
export async function lockMembers(
  tx: Tx,
  programId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.$queryRaw<{ id: string; qualified_referrals: number }[]>`
    SELECT id::text, qualified_referrals FROM members
    WHERE program_id = ${programId}::uuid AND id = ANY(${[...new Set(memberIds)]}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
  return new Map(rows.map(({ id, qualified_referrals }) => [id, qualified_referrals]));
}
