import { ACTIONS_MAX, isSole, reachOf } from '../../domain/points/achievements.ts';
import { achievementsOn } from '../../domain/points/count.ts';
import type { AchievementRule, PointsPolicy } from '../../domain/points/policy.ts';
import type { ActionsAround, AwardTally, PointsTally } from '../../domain/points/tally.ts';
import { beginsNew } from '../../domain/programs/deciding.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { readFixedRates } from '../rates/fixed.ts';
import { takenAmong } from './facts.ts';
import { hasLater } from './numbers.ts';
import type { SourceEvent } from './source.ts';

/** Actions of one member whose achievements are asked for. */
export interface AchievementsAsked {
  readonly programId: string;
  readonly memberId: string;
  readonly sources: readonly SourceEvent[];
  readonly points: PointsPolicy;
}

/** The part of a tally that achievements look at. */
type AchievementsTally = Pick<PointsTally, 'around' | 'awards' | 'taken'> & {
  /** False: there are too many actions around these to look at them together. */
  readonly isWhole: boolean;
  /** One of these happened before another that was counted, or is before it here. */
  readonly isLate: boolean;
};

const NOTHING_ASKED: AchievementsTally = {
  around: [],
  awards: new Map(),
  taken: new Set(),
  isWhole: true,
  isLate: false,
};

/**
 * Reads what the achievements on these actions look at. What only one member can have and nobody has is
 * locked: whoever asks for it waits for whoever asked before, and hears what came of it.
 */
export async function readAchievements(tx: Tx, asked: AchievementsAsked): Promise<AchievementsTally> {
  const { programId, sources, points } = asked;
  const types = sources.filter(({ programStatus }) => beginsNew(programStatus)).map(({ type }) => type);
  const rules = [...new Set(types)].flatMap((type) => achievementsOn(points, type));
  if (rules.length === 0) return NOTHING_ASKED;
  const soleIds = rules.filter(({ test }) => isSole(test)).map(({ id }) => id);
  const around = await readAround(tx, asked, rules);
  return {
    around,
    ...(await readAwards(tx, asked, rules)),
    taken: await lockTaken(tx, programId, soleIds.sort()),
    isWhole: sources.length === 1 || around.every(({ actions }) => actions.length < ACTIONS_MAX),
  };
}

interface AwardRow {
  readonly achievement: string;
  readonly isReversed: boolean;
  readonly from_ms: number;
  readonly reached_ms: number;
  readonly zone: string;
}

/** The member's awards, and whether one of the actions comes after another that happened after it. */
async function readAwards(
  tx: Tx,
  asked: AchievementsAsked,
  rules: readonly AchievementRule[],
): Promise<Pick<AchievementsTally, 'awards' | 'isLate'>> {
  const { programId, memberId } = asked;
  const [row] = await tx.$queryRaw<{ all: readonly AwardRow[]; isLate: boolean }[]>`
    SELECT (
        SELECT coalesce(jsonb_agg(jsonb_build_object('achievement', achievement,
          'isReversed', status = 'reversed', 'zone', time_zone,
          'from_ms', round(extract(epoch FROM from_at) * 1000),
          'reached_ms', round(extract(epoch FROM reached_at) * 1000)) ORDER BY number), '[]')
        FROM achievement_awards
        WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid
          AND achievement = ANY(${rules.map(({ id }) => id)}::text[])) AS all,
      (${isAnyLate(asked, rules)}) AS "isLate"`;
  const all = row?.all ?? [];
  const awards = rules.map(({ id }): [string, AwardTally] => {
    const own = all.filter(({ achievement }) => achievement === id);
    const standing = own.filter(({ isReversed }) => !isReversed);
    return [id, { standing, total: own.length }];
  });
  return { awards: new Map(awards), isLate: row?.isLate === true };
}

/**
 * SQL: whether one of the actions that are not counted yet happened before any of its type that is, or before
 * the one that precedes it here. What only one member can have looks at no order.
 */
function isAnyLate({ programId, memberId, sources }: AchievementsAsked, rules: readonly AchievementRule[]) {
  const types = new Set(rules.filter(({ test }) => !isSole(test)).map(({ test }) => test.event));
  const asking = sources.filter(({ type }) => types.has(type)).map(({ eventId }) => eventId);
  if (asking.length === 0) return Prisma.sql`SELECT false`;
  const after = hasLater({ programId, memberId, type: Prisma.sql`f.type` });
  return Prisma.sql`
    SELECT coalesce(bool_or(coalesce(f.falls, false) OR (f.place = 1 AND ${after})), false)
    FROM (
      SELECT e.type, e.occurred_at, e.key, row_number() OVER w AS place,
        (lag(e.occurred_at) OVER w, lag(e.key) OVER w) > (e.occurred_at, e.key) AS falls
      FROM unnest(${asking}::uuid[]) WITH ORDINALITY AS i(id, nth)
      JOIN events e ON e.program_id = ${programId}::uuid AND e.id = i.id
      WHERE NOT EXISTS (SELECT FROM member_actions a WHERE a.program_id = e.program_id AND a.event_id = e.id)
      WINDOW w AS (PARTITION BY e.type ORDER BY i.nth)) f`;
}

/** The stretch of time, for each type and reach, in which actions matter to one of these. */
function stretchesOf({ sources }: AchievementsAsked, rules: readonly AchievementRule[]) {
  const names = new Set(rules.map(({ test }) => JSON.stringify([test.event, reachOf(test)])));
  return [...names].flatMap((name) => {
    const [type, reach_ms] = JSON.parse(name) as [string, number];
    const times = sources.filter((it) => it.type === type).map(({ occurred_at_ms }) => occurred_at_ms);
    if (reach_ms === 0) return [];
    const [from_ms, to_ms] = [Math.min(...times) - reach_ms, Math.max(...times) + reach_ms];
    const isValued = rules.some(({ test }) => test.kind === 'sum' && test.event === type);
    return [{ type, reach_ms, isValued, from: new Date(from_ms), to: new Date(to_ms) }];
  });
}

interface AroundRow {
  readonly nth: number;
  readonly eventId: string;
  readonly occurredAt: Date;
  readonly minor: bigint | null;
  readonly unit: string | null;
}

/** The latest of the member's counted actions in each stretch, net of what was refunded. */
async function readAround(
  tx: Tx,
  asked: AchievementsAsked,
  rules: readonly AchievementRule[],
): Promise<ActionsAround[]> {
  const { programId, memberId } = asked;
  const stretches = stretchesOf(asked, rules);
  if (stretches.length === 0) return [];
  const rows = await tx.$queryRaw<AroundRow[]>`
    SELECT s.nth::int, a.*
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(stretches)}::jsonb)
      AS (type text, "from" timestamptz, "to" timestamptz)) WITH ORDINALITY AS s(type, "from", "to", nth),
      LATERAL (
        SELECT event_id::text AS "eventId", occurred_at AS "occurredAt",
          value_minor - refunded_minor AS minor, unit
        FROM member_actions
        WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid AND type = s.type
          AND refunded_at IS NULL AND occurred_at BETWEEN s."from" AND s."to"
        ORDER BY occurred_at DESC LIMIT ${ACTIONS_MAX}) a`;
  const isValued = ({ nth, unit }: AroundRow) => unit !== null && stretches[nth - 1]?.isValued === true;
  const valuedIds = new Set(rows.filter(isValued).map(({ eventId }) => eventId));
  const rates = await readFixedRates(tx, programId, [...valuedIds]);
  return stretches.map(({ type, reach_ms }, index) => ({
    type,
    reach_ms,
    actions: rows
      .filter(({ nth }) => nth === index + 1)
      .map(({ eventId, occurredAt, minor, unit }) => ({
        at_ms: occurredAt.getTime(),
        value: minor === null || unit === null ? null : { minor, unit },
        rates: rates.get(eventId),
      })),
  }));
}

/** Those that somebody has; others stay locked until the end of the transaction, in the order given. */
async function lockTaken(
  tx: Tx,
  programId: string,
  soleIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const taken = await takenAmong(tx, programId, soleIds);
  const locks = soleIds.filter((id) => !taken.has(id)).map((id) => `achievement ${programId} ${id}`);
  if (locks.length === 0) return taken;
  await tx.$executeRaw`
    SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(${locks}::text[]) AS l(name)`;
  return await takenAmong(tx, programId, soleIds);
}
