import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodeOf } from '../../api/client.ts';
import { formatMoney, type MoneyJson } from '../../domain/money.ts';
import { AMBASSADORS, type Customer } from './history.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { externalIdOf } from './people.ts';
import { UNIT } from './policy.ts';
import type { DemoMember } from './replay.ts';
import { once, type Session } from './session.ts';

const LANES = 4;
const POLL_MS = 1_000;
const AWARDED_WITHIN_MS = 90_000;
/** A season begins a moment after it is made, and lasts long enough for the friends of today. */
const SEASON_IN_MS = 1_500;
const SEASON_MS = 20_000;
const TOP = 5;

/** What the badges of the demo stand for, by the labels of its policy and of its season. */
const ACHIEVEMENTS = [
  {
    label: 'Connector',
    name: 'Connector',
    description: 'Brought five friends.',
    criteria: 'Five friends signed up and bought something that counts.',
  },
  {
    label: 'Ambassador',
    name: 'Ambassador',
    description: 'Brought ten friends.',
    criteria: 'Ten friends signed up and bought something that counts.',
  },
  {
    label: 'Champion',
    name: 'Season champion',
    description: 'Won a season.',
    criteria: 'First in the final standings of a season.',
  },
  {
    label: 'Patron',
    name: 'Patron',
    description: 'Came to the end of the circle of friends.',
    criteria: 'Ten friends at one time whose purchases count.',
  },
  {
    label: 'Pioneer',
    name: 'Pioneer',
    description: 'Wrote the first review.',
    criteria: 'The first review that the program counted.',
  },
] as const;

const BOARDS = [
  { slug: 'friends', name: 'Friends, of all time', metric: 'qualified_referrals', period: 'all_time' },
  { slug: 'seasons', name: 'Friends, by season', metric: 'qualified_referrals', period: 'season' },
] as const;

const PRIZES = [
  { fromRank: 1, toRank: 1, kind: 'badge' as const, label: 'Champion' },
  { fromRank: 2, toRank: 3, kind: 'credit' as const, amount: { minor: '500', unit: UNIT } },
];

/** The ids of the demo's boards. */
export interface Boards {
  readonly friends: string;
  readonly seasons: string;
}

/** Defines the badges and makes the boards, before anything happens that they count. */
export async function openHonours({ client }: Session): Promise<Boards> {
  for (const achievement of ACHIEVEMENTS)
    await patiently(() => client.badges.define.mutate(achievement, once('achievement', achievement.label)));
  const ids: string[] = [];
  for (const board of BOARDS)
    ids.push((await patiently(() => client.leaderboards.create.mutate(board, once('board', board.slug)))).id);
  return { friends: ids[0] ?? '', seasons: ids[1] ?? '' };
}

/** The ambassadors agree to be seen on the boards. */
export async function nameAmbassadors(
  { client }: Session,
  customers: readonly Customer[],
  members: ReadonlyMap<string, DemoMember>,
): Promise<void> {
  await inLanes(customers.slice(0, AMBASSADORS), LANES, async (customer) => {
    const id = members.get(customer.id)?.id ?? '';
    const input = { id, displayName: externalIdOf(customer.id) };
    await patiently(() => client.members.setDisplayName.mutate(input, once('name', id)));
  });
}

const seasonOf = async ({ client }: Session, boardId: string) =>
  (await patiently(() => client.leaderboards.seasons.query({ boardId }))).items[0];

/** Makes the season of today and waits for its start; one that an earlier run made stays. */
export async function beginSeason(session: Session, { seasons: boardId }: Boards): Promise<void> {
  if ((await seasonOf(session, boardId)) !== undefined) return;
  const startsAt = new Date(Date.now() + SEASON_IN_MS);
  const endsAt = new Date(startsAt.getTime() + SEASON_MS);
  const season = {
    boardId,
    name: 'Today',
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    graceHours: 0,
    prizes: PRIZES,
  };
  await patiently(() =>
    session.client.leaderboards.createSeason.mutate(season, once('season', season.startsAt)),
  );
  await sleep(startsAt.getTime() - Date.now() + 100);
}

/**
 * Waits for the season's end and has it closed: by the schedule's next run, which is asked for now. Gives how
 * many seasons were closed by this. A season that cannot be closed in time is left to the schedule.
 */
export async function endSeason(session: Session, { seasons: boardId }: Boards): Promise<number> {
  const season = await seasonOf(session, boardId);
  if (season === undefined || season.state === 'awarded') return 0;
  await sleep(Math.max(0, Date.parse(season.closesAt ?? '') - Date.now() + 100));
  const until_ms = Date.now() + AWARDED_WITHIN_MS;
  while (Date.now() < until_ms) {
    await runSchedule(session);
    await sleep(POLL_MS);
    if ((await seasonOf(session, boardId))?.state === 'awarded') return 1;
  }
  return 0;
}

async function runSchedule({ client }: Session): Promise<void> {
  try {
    await patiently(() => client.leaderboards.runNow.mutate(undefined, once('close', String(Date.now()))));
  } catch (error) {
    // An engine whose API does not reach Temporal closes the season by itself, only later.
    if (errorCodeOf(error) !== 'live_view_unavailable') throw error;
  }
}

/** Signs the badges that are due, without waiting for the schedule to do so. Gives how many were new. */
export async function signBadges({ client }: Session): Promise<number> {
  const [granted, signed] = await Promise.all([
    allOf((cursor) => client.rewards.list.query({ cursor, limit: PAGE, kind: 'badge', status: 'available' })),
    allOf((cursor) => client.badges.list.query({ cursor, limit: PAGE })),
  ]);
  const has = new Set(signed.map(({ rewardId }) => rewardId));
  const due = granted.filter(({ id }) => !has.has(id));
  await inLanes(due, LANES, ({ id: rewardId }) =>
    patiently(() => client.badges.issue.mutate({ rewardId }, once('badge', rewardId))),
  );
  return due.length;
}

/** What members have to show. */
export interface Honours {
  /** The best of all time: name, or null when hidden, and friends. */
  readonly top: readonly { readonly rank: number; readonly name: string | null; readonly score: string }[];
  /** Final standings of today's season with what each won; null before its close. */
  readonly season:
    | readonly {
        readonly rank: number;
        readonly name: string | null;
        readonly score: string;
        readonly won: string | null;
      }[]
    | null;
  readonly badges: readonly { readonly label: string; readonly holder: string; readonly shareUrl: string }[];
}

/** Reads what the summary shows of boards and badges. */
export async function readHonours(session: Session, boards: Boards): Promise<Honours> {
  const { client } = session;
  const [top, season, credentials, members, achievements] = await Promise.all([
    patiently(() => client.leaderboards.top.query({ boardId: boards.friends, limit: TOP })),
    seasonOf(session, boards.seasons),
    allOf((cursor) => client.badges.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.members.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.badges.achievements.query({ cursor, limit: PAGE })),
  ]);
  const names = new Map(members.map(({ id, externalId }) => [id, externalId]));
  const labels = new Map(achievements.map(({ id, name }) => [id, name]));
  return {
    top: top.items.map(({ rank, displayName, score }) => ({ rank, name: displayName, score })),
    season: season?.state === 'awarded' ? await standingsOf(session, season.id) : null,
    badges: credentials
      .map(({ memberId, achievementId, shareUrl }) => ({
        label: labels.get(achievementId) ?? '',
        holder: names.get(memberId) ?? '',
        shareUrl,
      }))
      .sort((a, b) => (a.label + a.holder < b.label + b.holder ? -1 : 1)),
  };
}

async function standingsOf({ client }: Session, seasonId: string) {
  const { items } = await patiently(() => client.leaderboards.standings.query({ seasonId, limit: TOP }));
  return items.map(({ rank, displayName, score, won }) => ({
    rank,
    name: displayName,
    score,
    won: won === null ? null : wonText(won),
  }));
}

const wonText = ({
  label,
  amount,
}: {
  readonly label: string | null;
  readonly amount: MoneyJson | null;
}): string =>
  amount === null ? (label ?? '') : formatMoney({ minor: BigInt(amount.minor), unit: amount.unit });
