import { countedBy, type RecordedPart, recordedParts } from '../../engine/leaderboards/record.ts';
import type { Database } from '../../prisma/client.ts';
import type { Board } from '../../prisma/generated/client.ts';
import type { Speaker } from '../language/speaker.ts';
import { iso } from '../trpc/views.ts';
import { meOf, type RankedRow, readAround, readMembers } from './read.ts';
import type { ChosenWindow } from './window.ts';

/** Parts of a score that are shown, the latest; the sum is over all. */
const PARTS_MAX = 100;

/**
 * Why a member has their rank in a window: the parts of their score, and what decided the rank, as `by` says
 * it.
 */
export async function explainStanding(db: Database, chosen: ChosenWindow, memberId: string, by: Speaker) {
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
    sentences: sentencesOf(by, board, {
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

function sentencesOf(by: Speaker, board: Board, { row, above, members, parts }: Place): string[] {
  const countOf = (reason: Why) => parts.filter(({ why }) => why === reason).length;
  const [reversedCount, earlyCount] = [countOf('reversed'), countOf('before_the_board')];
  const aside = [
    ...(reversedCount > 0 ? [by.say('standing.reversed', { count: reversedCount })] : []),
    ...(earlyCount > 0 ? [by.say('standing.early', { count: earlyCount })] : []),
  ];
  if (row === undefined) return [by.say('standing.none'), ...aside];
  const score = scoreText(by, board, row.score, 'count.with_');
  const place = by.say('standing.place', { rank: Number(row.rank), members, score });
  return [place, decidedBy(by, board, row, above), ...aside];
}

function decidedBy(by: Speaker, board: Board, row: RankedRow, above: RankedRow | undefined): string {
  const at = by.moment(new Date(-Number(row.earliness)));
  if (above === undefined) return by.say('standing.first', { at });
  if (above.score > row.score) {
    return by.say('standing.behind', { score: scoreText(by, board, above.score - row.score) });
  }
  return above.earliness > row.earliness
    ? by.say('standing.later', { at, above: by.moment(new Date(-Number(above.earliness))) })
    : by.say('standing.tied');
}

/** A score by itself, or with the word for "with" before it, which bends what follows in some languages. */
function scoreText(
  by: Speaker,
  { metric, unit }: Board,
  score: bigint,
  form: 'count.' | 'count.with_' = 'count.',
): string {
  if (metric === 'revenue' && unit !== null) {
    const amount = by.amount({ minor: score.toString(), unit });
    return form === 'count.' ? amount : by.say('count.with_amount', { amount });
  }
  return metric === 'points'
    ? by.say(`${form}points`, { points: Number(score) })
    : by.say(`${form}referrals`, { count: Number(score) });
}
