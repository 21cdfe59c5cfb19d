import { achievementsOn, asksOrdinal, cappedRules } from '../../domain/points/count.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { PointsTally } from '../../domain/points/tally.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedMember } from '../members/lock.ts';
import { pointsGranted } from '../rules/granted.ts';
import { type AchievementsAsked, readAchievements } from './achievements.ts';
import type { SourceEvent } from './source.ts';

/** A tally as it was read, and what the transaction that counts by it needs besides. */
export interface ReadTally {
  readonly tally: PointsTally;
  /** False: there are too many actions around these to count them by one tally. Of one event it is true. */
  readonly isWhole: boolean;
  /** By event: what came of those that were counted before. */
  readonly told: ReadonlyMap<string, unknown>;
  /** When the transaction began, and when the latest of the members' postings and owed awards is from. */
  readonly began_at_ms: number;
  readonly latest_at_ms: number | null;
}

/**
 * Reads what a member's counted actions have come to, as far as counting these of them asks. All are of one
 * member. The caller has locked `people`: the member, and the referrer where rules grant them something.
 */
export async function readTally(
  tx: Tx,
  points: PointsPolicy,
  sources: readonly [SourceEvent, ...SourceEvent[]],
  people: ReadonlyMap<string, LockedMember>,
): Promise<ReadTally> {
  const [{ programId, actor }] = sources;
  const row = await readCounts(tx, points, sources, [...people.keys()]);
  const asked: AchievementsAsked = { programId, memberId: actor.id, sources, points, except: null };
  const { isWhole, ...achievements } = await readAchievements(tx, asked);
  return {
    tally: {
      ...achievements,
      counted: new Set(Object.keys(row.told)),
      hasSignup: row.hasSignup,
      counts: new Map(Object.entries(row.counts)),
      granted: await readGranted(tx, points, sources),
      fresh: [],
      people,
    },
    isWhole,
    told: new Map(Object.entries(row.told)),
    began_at_ms: row.began_at_ms,
    latest_at_ms: row.latest_at_ms,
  };
}

interface CountsRow {
  readonly told: Readonly<Record<string, unknown>>;
  readonly hasSignup: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly began_at_ms: number;
  readonly latest_at_ms: number | null;
}

async function readCounts(
  tx: Tx,
  points: PointsPolicy,
  sources: readonly [SourceEvent, ...SourceEvent[]],
  peopleIds: readonly string[],
): Promise<CountsRow> {
  const [{ programId, actor }] = sources;
  const eventIds = sources.map(({ eventId }) => eventId);
  const types = [...new Set(sources.map(({ type }) => type))].filter((type) => asksCount(points, type));
  const [row] = await tx.$queryRaw<CountsRow[]>`
    SELECT (
        SELECT coalesce(jsonb_object_agg(event_id, outcome), '{}') FROM member_actions
        WHERE program_id = ${programId}::uuid AND event_id = ANY(${eventIds}::uuid[])) AS told,
      EXISTS (
        SELECT FROM member_actions WHERE program_id = ${programId}::uuid
          AND member_id = ${actor.id}::uuid AND type = 'signup') AS "hasSignup", (
        SELECT coalesce(jsonb_object_agg(type, n), '{}') FROM (
          SELECT type, count(*) AS n FROM member_actions
          WHERE program_id = ${programId}::uuid AND member_id = ${actor.id}::uuid
            AND type = ANY(${types}::text[]) AND refunded_at IS NULL
          GROUP BY type) counted) AS counts,
      round(extract(epoch FROM now()) * 1000)::float8 AS began_at_ms,
      (extract(epoch FROM greatest((
        SELECT max(p.created_at) FROM unnest(${[...peopleIds]}::uuid[]) AS m(id), LATERAL (
          SELECT created_at FROM point_postings WHERE program_id = ${programId}::uuid AND member_id = m.id
          ORDER BY created_at DESC LIMIT 1) p), (
        SELECT max(created_at) FROM achievement_awards
        WHERE program_id = ${programId}::uuid AND member_id = ${actor.id}::uuid AND status = 'earned'
      ))) * 1000)::float8 AS latest_at_ms`;
  if (row === undefined) throw new Error('the database did not answer');
  return row;
}

/** Whether the number of the member's actions of a type matters. */
const asksCount = (points: PointsPolicy, type: string): boolean =>
  asksOrdinal(points, type) || achievementsOn(points, type).some(({ test }) => test.kind === 'nth');

/** By event: what recipients have had of its rules with a cap. */
async function readGranted(
  tx: Tx,
  points: PointsPolicy,
  sources: readonly [SourceEvent, ...SourceEvent[]],
): Promise<PointsTally['granted']> {
  const occasions = sources.map((source) => ({
    occurred_at_ms: source.occurred_at_ms,
    rules: cappedRules(points, source).map((rule) => ({ ...rule, unit: points.unit })),
  }));
  const rows = await pointsGranted(tx, sources[0].programId, occasions);
  return new Map(sources.map(({ eventId }, nth) => [eventId, rows[nth] ?? []]));
}

/**
 * When each of so many events is decided that one transaction decides: a millisecond apart, so that what is
 * listed by time keeps their order, the last as the transaction began. None is before the member's latest.
 */
export function momentsOf({ began_at_ms, latest_at_ms }: ReadTally, count: number): number[] {
  const first_ms = latest_at_ms === null ? Number.NEGATIVE_INFINITY : Math.floor(latest_at_ms) + 1;
  return Array.from({ length: count }, (_, nth) => Math.max(began_at_ms - (count - 1 - nth), first_ms + nth));
}
