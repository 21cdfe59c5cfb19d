import { type RankedRow, readAround, readTop } from '../../api/leaderboards/read.ts';
import type { BoardMetric, BoardPeriod } from '../../domain/leaderboards/standings.ts';
import { windowIdOf } from '../../engine/leaderboards/in-play.ts';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';

/** A board that has been there since long before anything that tests play. Gives its id. */
export async function seedBoard(
  db: Database,
  programId: string,
  period: BoardPeriod,
  metric: BoardMetric = 'qualified_referrals',
): Promise<string> {
  const id = newId();
  const unit = metric === 'revenue' ? 'USD' : null;
  const createdAt = new Date('2020-01-01T00:00:00Z');
  await db.board.create({
    data: { programId, id, slug: id, name: 'A board', metric, unit, period, createdAt },
  });
  return id;
}

export interface SeasonSeed {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly closesAt?: Date;
  readonly prizes?: readonly Prize[];
}

/** A season as the API would make it. Gives its id. */
export async function seedSeason(
  db: Database,
  programId: string,
  boardId: string,
  { startsAt, endsAt, closesAt = endsAt, prizes = [] }: SeasonSeed,
): Promise<string> {
  const id = newId();
  await db.boardWindow.create({
    data: {
      programId,
      id,
      boardId,
      key: `season:${id}`,
      name: 'A season',
      startsAt,
      endsAt,
      closesAt,
      prizes: prizes as unknown as object[],
    },
  });
  return id;
}

/** [member, rank, score] of the best, for comparing. */
export async function topOf(db: Database, programId: string, boardId: string, key: string) {
  const ref = { programId, windowId: windowIdOf(programId, boardId, key) };
  return (await readTop(db, ref, 200)).map(line);
}

export async function topOfSeason(db: Database, programId: string, windowId: string) {
  return (await readTop(db, { programId, windowId }, 200)).map(line);
}

/** The same of a member and the nearest. */
export async function aroundOf(
  db: Database,
  ref: { readonly programId: string; readonly windowId: string },
  memberId: string,
  neighbours: number,
) {
  return (await readAround(db, ref, memberId, neighbours)).map(line);
}

const line = ({ memberId, rank, score }: RankedRow) => [memberId, Number(rank), Number(score)] as const;
