import { z } from 'zod';
import type { Database } from '../../prisma/client.ts';
import type { SeasonAward } from '../../prisma/generated/client.ts';
import { fail, notFound } from '../http/errors.ts';
import { id } from '../trpc/schemas.ts';
import { iso, moneyJsonOf } from '../trpc/views.ts';
import { topLimit } from './rankings.ts';
import type { seasonStandingsAnswer } from './schema.ts';

/** Names a page of a season's final standings by its first rank. */
export const standingsInput = z.strictObject({
  seasonId: id,
  fromRank: z
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .default(1)
    .meta({ description: 'The first rank of the page.', examples: [1] }),
  limit: topLimit,
});

/**
 * Returns a page of a season's final standings with what each rank won, and the rank that the next page
 * begins with. Throws `not_found`, or `stage_forbids` before the season is closed.
 */
export async function readStandings(
  db: Database,
  programId: string,
  { seasonId, fromRank, limit }: z.infer<typeof standingsInput>,
): Promise<z.infer<typeof seasonStandingsAnswer>> {
  const season = await db.boardWindow.findFirst({ where: { programId, id: seasonId, name: { not: null } } });
  if (season === null) throw notFound('season');
  if (season.frozenAt === null) throw fail('stage_forbids', 'The season is not closed yet.');
  const where = { programId, windowId: seasonId, rank: { gte: fromRank } };
  const page = { where, orderBy: { rank: 'asc' }, take: limit + 1 } as const;
  const [rows, awards] = await Promise.all([
    db.seasonStanding.findMany({ ...page, include: { member: { select: { displayName: true } } } }),
    db.seasonAward.findMany(page),
  ]);
  const awardByRank = new Map(awards.map((award) => [award.rank, award]));
  const items = rows.slice(0, limit).map(({ rank, memberId, score, reachedAt, member }) => ({
    rank: Number(rank),
    memberId: member.displayName === null ? null : memberId,
    displayName: member.displayName,
    score: score.toString(),
    reachedAt: iso(reachedAt),
    won: prizeWonView(awardByRank.get(rank)),
  }));
  return { seasonId, items, nextRank: rows.length > limit ? Number(rows[limit]?.rank) : null };
}

const prizeWonView = (award: SeasonAward | undefined) =>
  award === undefined
    ? null
    : {
        kind: award.kind,
        label: award.label,
        amount: award.unit === null ? null : moneyJsonOf(award.amountMinor, award.unit),
      };
