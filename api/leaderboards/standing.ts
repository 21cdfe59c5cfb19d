import { formatMoney } from '../../domain/money.ts';
import { countedBy, type RecordedPart, recordedParts } from '../../engine/leaderboards/record.ts';
import type { Database } from '../../prisma/client.ts';
import type { Board } from '../../prisma/generated/client.ts';
import { iso } from '../trpc/views.ts';
import { meOf, type RankedRow, readAround, readMembers } from './read.ts';
import type { ChosenWindow } from './window.ts';

/** Parts of a score that are shown, the latest; the sum is over all. */
const PARTS_MAX = 100;

/** Why a member has their rank in a window: the parts of their score, and what decided the rank. */
export async function explainStanding(db: Database, chosen: ChosenWindow, memberId: string) {
  const { programId, windowId, board } = chosen;
  const [ranked, members, bounds] = await Promise.all([
    readAround(db, chosen, memberId, 1),
    readMembers(db, chosen),
    db.boardWindow.findUnique({ where: { programId_id: { programId, id: windowId } } }),
  ]);
  const at = ranked.findIndex((line) => line.memberId === memberId);
  const row = ranked[at];
  const within = { from: bounds?.startsAt ?? null, to: bounds?.endsAt ?? null, limit: PARTS_MAX };
  const parts = board.metric === 'points' ? [] : await recordedParts(db, programId, memberId, within);
  const partViews = parts.map((part) => partOf(board, part));
  return {
    window: chosen.key,
    me: row === undefined ? null : meOf(row, members),
    closedAt: bounds?.closedAt == null ? null : iso(bounds.closedAt),
    parts: partViews,
    sentences: sentencesOf(board, {
      row,
      above: at > 0 ? ranked[at - 1] : undefined,
      members,
      parts: partViews,
    }),
  };
}

type Why = 'counted' | 'reversed' | 'other_unit' | 'before_the_board';

function partOf(board: Board, part: RecordedPart) {
  const early = board.backfillAt === null && part.decidedAt < board.createdAt;
  const counts = early ? 0n : countedBy(board, part);
  const otherUnit = board.metric === 'revenue' && part.unit !== board.unit;
  const why: Why = early
    ? 'before_the_board'
    : part.reversed
      ? 'reversed'
      : otherUnit
        ? 'other_unit'
        : 'counted';
  return {
    referralId: part.referralId,
    referredId: part.referredId,
    qualifiedAt: iso(part.earnedAt),
    changedAt: iso(part.changedAt),
    counts: counts.toString(),
    why,
  };
}

interface Place {
  readonly row: RankedRow | undefined;
  /** Who is next above. */
  readonly above: RankedRow | undefined;
  readonly members: number;
  readonly parts: readonly ReturnType<typeof partOf>[];
}

function sentencesOf(board: Board, { row, above, members, parts }: Place): string[] {
  const reversedCount = parts.filter(({ why }) => why === 'reversed').length;
  const earlyCount = parts.filter(({ why }) => why === 'before_the_board').length;
  const aside = [
    ...(reversedCount > 0
      ? [`${reversedCount} of the referrals shown no longer count, because a refund ended them.`]
      : []),
    ...(earlyCount > 0
      ? [`${earlyCount} of them do not count, because they were decided before the board was made.`]
      : []),
  ];
  if (row === undefined) return ['The member has no score in this window, and so no rank.', ...aside];
  const place = `The member is at rank ${row.rank} of ${members} with ${scoreText(board, row.score)}.`;
  return [place, decidedBy(board, row, above), ...aside];
}

function decidedBy(board: Board, row: RankedRow, above: RankedRow | undefined): string {
  const timeOf = (earliness: bigint) => new Date(-Number(earliness)).toISOString();
  if (above === undefined) return `Nobody has more; the score was reached at ${timeOf(row.earliness)}.`;
  if (above.score > row.score) {
    return `To rise by one it takes more than ${scoreText(board, above.score - row.score)} more.`;
  }
  return above.earliness > row.earliness
    ? 'The next above has as much, and had it earlier: ' +
        `at ${timeOf(above.earliness)}, not at ${timeOf(row.earliness)}.`
    : 'The next above has as much since the same moment; the members’ ids decide.';
}

function scoreText({ metric, unit }: Board, score: bigint): string {
  if (metric === 'revenue' && unit !== null) return formatMoney({ minor: score, unit });
  return metric === 'points' ? `${score} points` : `${score} qualified referrals`;
}
