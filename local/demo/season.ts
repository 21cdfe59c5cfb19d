import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodeOf } from '../../api/client.ts';
import { patiently } from './patience.ts';
import { UNIT } from './policy.ts';
import { once, type Session } from './session.ts';

const RUN_EVERY_MS = 1_000;
const POLL_MS = 200;
const AWARDED_WITHIN_MS = 90_000;
/** A season begins a moment after it is made, and lasts long enough for the friends of today. */
const SEASON_IN_MS = 1_500;
const SEASON_MS = 6_000;

const PRIZES = [
  { fromRank: 1, toRank: 1, kind: 'badge' as const, label: 'Champion' },
  { fromRank: 2, toRank: 3, kind: 'credit' as const, amount: { minor: '500', unit: UNIT } },
];

/** The ids of the demo's boards. */
export interface Boards {
  readonly friends: string;
  readonly seasons: string;
}

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
 * Waits for the season's end, then starts the schedule's run that closes it. Returns how many seasons this
 * closed: none when it cannot be closed in time, which the schedule then does later.
 */
export async function endSeason(session: Session, { seasons: boardId }: Boards): Promise<number> {
  const season = await seasonOf(session, boardId);
  if (season === undefined || season.state === 'awarded') return 0;
  await sleep(Math.max(0, Date.parse(season.closesAt ?? '') - Date.now() + 100));
  const until_ms = Date.now() + AWARDED_WITHIN_MS;
  while (Date.now() < until_ms) {
    await runSchedule(session);
    if (await isAwarded(session, boardId)) return 1;
  }
  return 0;
}

/** Whether the run that has begun awards the season, within a second. */
async function isAwarded(session: Session, boardId: string): Promise<boolean> {
  for (let waited_ms = 0; waited_ms < RUN_EVERY_MS; waited_ms += POLL_MS) {
    await sleep(POLL_MS);
    if ((await seasonOf(session, boardId))?.state === 'awarded') return true;
  }
  return false;
}

async function runSchedule({ client }: Session): Promise<void> {
  try {
    await patiently(() => client.leaderboards.runNow.mutate(undefined, once('close', String(Date.now()))));
  } catch (error) {
    // An engine whose API does not reach Temporal closes the season by itself, only later.
    if (errorCodeOf(error) !== 'live_view_unavailable') throw error;
  }
}

/** The board's latest season, if it has one. */
export const seasonOf = async ({ client }: Session, boardId: string) =>
  (await patiently(() => client.leaderboards.seasons.query({ boardId }))).items[0];
