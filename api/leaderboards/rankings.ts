import { z } from 'zod';
import type { Services } from '../context.ts';
import { findMember, type WhichMember } from '../trpc/lookups.ts';
import { query } from '../trpc/procedures.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { lineOf, meOf, readAround, readMembers, readTop } from './read.ts';
import { boardAroundAnswer, boardTopAnswer, memberStandingAnswer } from './schema.ts';
import { chooseWindow, type WindowChoice, windowChoice } from './window.ts';

const TOP_MAX = 200;

export const topLimit = z
  .number()
  .int()
  .min(1)
  .max(TOP_MAX)
  .default(10)
  .meta({ description: 'How many lines to return.', examples: [10] });

const neighbours = z
  .number()
  .int()
  .min(0)
  .max(50)
  .default(5)
  .meta({ description: 'How many lines to return above the member, and how many below.', examples: [5] });

/** What every reading of a window refuses. */
const WINDOW_REFUSALS =
  'Refuses with `window_unknown` when the leaderboard has no such window now, with `not_found` when there ' +
  'is no such leaderboard or season';

/** The procedures that read the ranking of one window. */
export const rankingProcedures = {
  top: query()
    .meta({
      rest: 'getLeaderboardTop GET /leaderboards/{boardId}/top',
      refuses: ['window_unknown'],
      doc:
        'Returns the best of a window, rank 1 first. A line shows neither id nor name of a member ' +
        `who is hidden. ${WINDOW_REFUSALS}.`,
    })
    .input(z.strictObject({ ...windowChoice, limit: topLimit }))
    .output(boardTopAnswer)
    .query(async ({ ctx: { services, programId }, input }) => {
      const chosen = await chooseWindow(services.db, programId, input, services.now());
      const [rows, members] = await Promise.all([
        readTop(services.db, chosen, input.limit),
        readMembers(services.db, chosen),
      ]);
      return { window: chosen.key, members, items: rows.map((row) => lineOf(row, null)) };
    }),

  around: query()
    .meta({
      rest: 'getLeaderboardAround GET /leaderboards/{boardId}/around/{memberId}',
      refuses: ['window_unknown'],
      doc:
        "Returns a member's line with the nearest above and below. Without a score the member has " +
        `none: \`me\` is null and \`items\` is empty. ${WINDOW_REFUSALS}, and with \`member_unknown\`.`,
    })
    .input(oneMember(MEMBER, { ...windowChoice, neighbours }))
    .output(boardAroundAnswer)
    .query(async ({ ctx, input }) => {
      const { rows, key, members, memberId } = await readNear(ctx, input, input.neighbours);
      const me = rows.find((row) => row.memberId === memberId);
      const items = rows.map((row) => lineOf(row, memberId));
      return { window: key, me: me === undefined ? null : meOf(me, members), items };
    }),

  me: query()
    .meta({
      rest: 'getMemberStanding GET /leaderboards/{boardId}/members/{memberId}',
      refuses: ['window_unknown'],
      doc:
        `Returns a member's own rank; \`me\` is null when the member has no score. ${WINDOW_REFUSALS}, ` +
        'and with `member_unknown`.',
    })
    .input(oneMember(MEMBER, windowChoice))
    .output(memberStandingAnswer)
    .query(async ({ ctx, input }) => {
      const { rows, key, members } = await readNear(ctx, input, 0);
      const [row] = rows;
      return { window: key, members, me: row === undefined ? null : meOf(row, members) };
    }),
};

interface Reader {
  readonly services: Services;
  readonly programId: string;
}

/** The lines around a member in a window. Throws `member_unknown`, and what `chooseWindow` throws. */
async function readNear(
  { services: { db, now }, programId }: Reader,
  choice: WindowChoice & WhichMember,
  count: number,
) {
  const [chosen, { id: memberId }] = await Promise.all([
    chooseWindow(db, programId, choice, now()),
    findMember(db, programId, choice),
  ]);
  const [rows, members] = await Promise.all([
    readAround(db, chosen, memberId, count),
    readMembers(db, chosen),
  ]);
  return { rows, members, memberId, key: chosen.key };
}
