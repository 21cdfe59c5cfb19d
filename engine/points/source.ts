import type { Money } from '../../domain/money.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { MemberDeed } from '../../domain/points/tally.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { FixedRate } from '../../domain/rates/convert.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { latestVersion } from '../policies/latest.ts';
import { programStatusSql } from '../programs/status.ts';
import { MAY_CONVERT } from '../rates/fix.ts';
import { creditedReferral } from './credited.ts';
import { ratesFor } from './rates.ts';

/** An event that counts, or a refund that takes back what counted, with its member. */
export interface SourceEvent extends MemberDeed {
  readonly programId: string;
  /** For a refund: the key of what it takes back. */
  readonly refundOf: string | null;
  readonly policyVersion: number;
  /** Of the policy version in force; null: it has no points. */
  readonly points: PointsPolicy | null;
}

interface SourceRow {
  readonly id: string;
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

/** Events to be counted, and the workflow's clock. */
interface SourcesRef {
  readonly programId: string;
  readonly eventIds: readonly string[];
  readonly now_ms: number;
  /** Those that the transaction has locked; left out: none. */
  readonly lockedIds?: ReadonlySet<string>;
}

/** Reads an event with all that counting it takes; null when its member does not exist. */
export async function readSource(
  tx: Tx,
  policies: Policies,
  { eventId, ...ref }: Omit<SourcesRef, 'eventIds'> & { readonly eventId: string },
): Promise<SourceEvent | null> {
  return (await readSources(tx, policies, { ...ref, eventIds: [eventId] })).get(eventId) ?? null;
}

/** The same for several events, by id; none for an event whose member does not exist. */
export async function readSources(
  tx: Tx,
  policies: Policies,
  ref: SourcesRef,
): Promise<ReadonlyMap<string, SourceEvent>> {
  const { programId } = ref;
  const rows = await findSources(tx, ref);
  const [first] = rows;
  if (first === undefined) return new Map();
  // One statement reads one version for all.
  const policy = await policies.load(tx, programId, first.version);
  const valued = rows.flatMap((row) => {
    const { id: eventId, occurredAt } = row;
    const value = sentValue(row);
    if (value === null || !row.mayConvert || row.type === 'refund') return [];
    const isSettled = row.isDecided || ref.lockedIds?.has(eventId) === true;
    return [{ eventId, value, occurred_at_ms: occurredAt.getTime(), isSettled }];
  });
  const rates = valued.length === 0 ? new Map() : await ratesFor(tx, programId, valued, policy);
  return new Map(
    rows.map((row) => [row.id, sourceOf(programId, policy, { row, rates: rates.get(row.id) ?? [] })]),
  );
}

const findSources = (tx: Tx, { programId, eventIds, now_ms }: SourcesRef) => tx.$queryRaw<SourceRow[]>`
  SELECT e.id::text, e.type, e.occurred_at AS "occurredAt", e.value_minor AS "valueMinor", e.unit,
    ${MAY_CONVERT} AS "mayConvert", e.state = 'decided' AS "isDecided", e.payload,
    e.refund_of AS "refundOf", ${programStatusSql(now_ms)}::text AS "programStatus",
    p.time_zone AS "programZone", ${latestVersion(Prisma.sql`e.program_id`)} AS version,
    m.id::text AS "actorId", m.time_zone AS "actorZone", m.signed_up_at AS "signedUpAt",
    r.referrer_id::text AS "referrerId"
  FROM events e
  JOIN programs p ON p.id = e.program_id
  JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
  ${creditedReferral(Prisma.sql`e.occurred_at`)}
  WHERE e.program_id = ${programId}::uuid AND e.id = ANY(${[...eventIds]}::uuid[])`;

const sentValue = ({ valueMinor, unit }: SourceRow): Money | null =>
  valueMinor === null || unit === null ? null : { minor: valueMinor, unit };

function sourceOf(
  programId: string,
  policy: Policy,
  { row, rates }: { readonly row: SourceRow; readonly rates: readonly FixedRate[] },
): SourceEvent {
  return {
    programId,
    eventId: row.id,
    type: row.type,
    occurred_at_ms: row.occurredAt.getTime(),
    value: sentValue(row),
    rates,
    properties: row.payload.properties ?? {},
    refundOf: row.refundOf,
    actor: {
      id: row.actorId,
      zone: row.actorZone ?? row.programZone,
      signed_up_at_ms: row.signedUpAt?.getTime() ?? null,
    },
    referrerId: row.referrerId,
    programStatus: row.programStatus,
    policyVersion: row.version,
    points: policy.points ?? null,
    unit: policy.unit,
  };
}
