import {
  achievementsOn,
  asksCount,
  asksSignup,
  cappedRules,
  movesNumbers,
} from '../../domain/points/count.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { MemberDeed, PointsTally } from '../../domain/points/tally.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { LockedMember } from '../members/lock.ts';
import { pointsGranted } from '../rules/granted.ts';
import { type AchievementsAsked, readAchievements } from './achievements.ts';
import { creditedReferral, qualifiedThen } from './credited.ts';
import { earlierActions, hasLater } from './numbers.ts';
import type { SourceEvent } from './source.ts';

/** A tally as it was read, and what the transaction that counts by it needs besides. */
export interface ReadTally {
  readonly tally: PointsTally;
  /** False: there are too many actions around these to count them by one tally. Of one event it is true. */
  readonly isWhole: boolean;
  /** One of these happened before another that was counted, or is before it here, and moves its number. */
  readonly isLate: boolean;
  /** The same of a type that achievements other than one member's alone look at. */
  readonly areAwardsLate: boolean;
  /** The member's signup, or who is credited with it, is another than these say, which were read before. */
  readonly isOvertaken: boolean;
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
  const asked: AchievementsAsked = { programId, memberId: actor.id, sources, points };
  const { isWhole, isLate: areAwardsLate, ...achievements } = await readAchievements(tx, asked);
  return {
    tally: {
      ...achievements,
      counted: new Set(Object.keys(row.told)),
      hasSignup: row.hasSignup,
      counts: new Map(Object.entries(row.counts)),
      earlier: new Map(Object.entries(row.numbers).map(([type, { earlier }]) => [type, earlier])),
      qualifiedThen: new Map(Object.entries(row.qualifiedThen)),
      granted: await readGranted(
        tx,
        programId,
        sources.map((source) => ({ ...source, points })),
      ),
      fresh: [],
      people,
    },
    isWhole,
    areAwardsLate,
    isLate: Object.values(row.numbers).some((it) => it.isLate),
    isOvertaken: row.isOvertaken,
    told: new Map(Object.entries(row.told)),
    began_at_ms: row.began_at_ms,
    latest_at_ms: row.latest_at_ms,
  };
}

interface CountsRow {
  readonly told: Readonly<Record<string, unknown>>;
  readonly hasSignup: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, { readonly earlier: number; readonly isLate: boolean }>>;
  readonly qualifiedThen: Readonly<Record<string, number>>;
  readonly isOvertaken: boolean;
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
  const types = [...new Set(sources.map(({ type }) => type))].filter((type) => asksHowMany(points, type));
  const numbered = sources.filter(({ type }) => movesNumbers(points, type));
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
      (${numbersOf(numbered)}) AS numbers,
      (${countsOf(sources.filter(({ type }) => asksCount(points, type)))}) AS "qualifiedThen",
      (${overtakes(sources.filter(({ type }) => asksSignup(points, type)))}) AS "isOvertaken",
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

/** Whether it matters how many of the member's actions of a type count. */
const asksHowMany = (points: PointsPolicy, type: string): boolean =>
  achievementsOn(points, type).some(({ test }) => test.kind === 'nth');

/**
 * By type, as JSON: how many counted actions happened before the first of these that are not counted, and
 * whether one of these happened before any that was counted or precedes it here. None: nothing is looked at.
 */
function numbersOf(sources: readonly SourceEvent[]): Prisma.Sql {
  const [first] = sources;
  if (first === undefined) return Prisma.sql`SELECT '{}'::jsonb`;
  const of = { programId: first.programId, memberId: first.actor.id, type: Prisma.sql`f.type` };
  return Prisma.sql`
    WITH own AS (
      SELECT e.type, e.occurred_at, e.key, i.nth,
        (lag(e.occurred_at) OVER w, lag(e.key) OVER w) > (e.occurred_at, e.key) AS falls
      FROM unnest(${sources.map(({ eventId }) => eventId)}::uuid[]) WITH ORDINALITY AS i(id, nth)
      JOIN events e ON e.program_id = ${first.programId}::uuid AND e.id = i.id
      WHERE NOT EXISTS (SELECT FROM member_actions a WHERE a.program_id = e.program_id AND a.event_id = e.id)
      WINDOW w AS (PARTITION BY e.type ORDER BY i.nth)
    ), first AS (
      SELECT DISTINCT ON (type) type, occurred_at, key, bool_or(falls) OVER (PARTITION BY type) AS falls
      FROM own ORDER BY type, nth)
    SELECT coalesce(jsonb_object_agg(f.type, jsonb_build_object('earlier', ${earlierActions(of)},
      'isLate', coalesce(f.falls, false) OR ${hasLater(of)})), '{}')
    FROM first f`;
}

/** By event, as JSON: how many of the referrer's referrals had qualified by its time. */
function countsOf(sources: readonly SourceEvent[]): Prisma.Sql {
  const [first] = sources.filter(({ referrerId }) => referrerId !== null);
  if (first === undefined) return Prisma.sql`SELECT '{}'::jsonb`;
  const { programId, actor } = first;
  const asking = sources.map(({ eventId: id, referrerId }) => ({ id, referrerId }));
  const count = qualifiedThen(programId, {
    referrerId: Prisma.sql`i."referrerId"`,
    memberId: Prisma.sql`${actor.id}::uuid`,
    type: Prisma.sql`e.type`,
    occurred_at: Prisma.sql`e.occurred_at`,
    key: Prisma.sql`e.key`,
  });
  return Prisma.sql`
    SELECT coalesce(jsonb_object_agg(e.id, coalesce(${count}, 0)), '{}')
    FROM jsonb_to_recordset(${toJsonText(asking)}::jsonb) AS i(id uuid, "referrerId" uuid)
    JOIN events e ON e.program_id = ${programId}::uuid AND e.id = i.id`;
}

/** Whether the signup of the member of these has changed since they were read, or who is credited with it. */
function overtakes(sources: readonly SourceEvent[]): Prisma.Sql {
  const [first] = sources;
  if (first === undefined) return Prisma.sql`false`;
  const { programId, actor } = first;
  const said = sources.map(({ eventId: id, referrerId }) => ({ id, referrerId }));
  const signedUpAt = actor.signed_up_at_ms === null ? null : new Date(actor.signed_up_at_ms);
  return Prisma.sql`
    EXISTS (
      SELECT FROM jsonb_to_recordset(${toJsonText(said)}::jsonb) AS i(id uuid, "referrerId" uuid)
      JOIN events e ON e.program_id = ${programId}::uuid AND e.id = i.id
      JOIN members m ON m.program_id = e.program_id AND m.id = ${actor.id}::uuid
      ${creditedReferral(Prisma.sql`e.occurred_at`)}
      WHERE m.signed_up_at IS DISTINCT FROM ${signedUpAt}::timestamptz
        OR r.referrer_id IS DISTINCT FROM i."referrerId")`;
}

/** By event: what recipients have had of its rules with a cap, each by the points of its own policy. */
export async function readGranted(
  tx: Tx,
  programId: string,
  deeds: readonly (MemberDeed & { readonly points: PointsPolicy })[],
): Promise<PointsTally['granted']> {
  const occasions = deeds.map(({ points, ...deed }) => ({
    occurred_at_ms: deed.occurred_at_ms,
    rules: cappedRules(points, deed).map((rule) => ({ ...rule, unit: points.unit })),
  }));
  const rows = await pointsGranted(tx, programId, occasions);
  return new Map(deeds.map(({ eventId }, nth) => [eventId, rows[nth] ?? []]));
}

/**
 * When each of so many events is decided that one transaction decides: a millisecond apart, so that what is
 * listed by time keeps their order, the last as the transaction began. None is before the member's latest.
 */
export function momentsOf({ began_at_ms, latest_at_ms }: ReadTally, count: number): number[] {
  const first_ms = latest_at_ms === null ? Number.NEGATIVE_INFINITY : Math.floor(latest_at_ms) + 1;
  return Array.from({ length: count }, (_, nth) => Math.max(began_at_ms - (count - 1 - nth), first_ms + nth));
}
