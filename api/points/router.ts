import { z } from 'zod';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { audit } from '../../engine/audit/record.ts';
import { adjustPoints } from '../../engine/points/adjust.ts';
import { readProgress } from '../../engine/points/progress.ts';
import { newId } from '../../platform/ids.ts';
import { fail, unwrap } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { findMember, findMemberToChange } from '../trpc/lookups.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { futureInstant, moneyJson, pageFields, positiveMoneyOf } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import {
  type AchievementView,
  pointPostingAnswer,
  pointProgressAnswer,
  pointsAnswer,
  pointsListedAnswer,
} from './answers.ts';
import { listPoints } from './list.ts';
import { pointPostingView, pointsInForce, readPoints } from './read.ts';

const adjustInput = oneMember(MEMBER, {
  direction: z.enum(['add', 'take']),
  amount: moneyJson.meta({ description: "More than zero, in the unit of the policy's points." }),
  expiresAt: futureInstant.optional().meta({ description: 'Of points that are added; left out: never.' }),
  note: z.string().trim().min(1).max(1_000).meta({ description: 'Why; the audit log keeps it.' }),
}).meta({
  examples: [{ direction: 'add', amount: { minor: '40', unit: 'PTS' }, note: 'For the talk in May' }],
});

export const pointsRouter = router({
  get: query()
    .meta({
      rest: 'getPoints GET /members/{memberId}/points',
      doc:
        'Returns what a member has in points: to spend, in all their life, their level, the next one, and ' +
        'what expires next. Refuses with `member_unknown`, and with `not_found` when the policy in force ' +
        'has no points.',
    })
    .input(oneMember(MEMBER, {}))
    .output(pointsAnswer)
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const member = await findMember(db, ctx.programId, input);
      const current = await pointsInForce(db, ctx.programId);
      return await readPoints(db, ctx.programId, member.id, current.points);
    }),

  list: query()
    .meta({
      rest: 'listPoints GET /points',
      doc:
        'Lists what members have in points, those with the most in all their life first. Who was merged ' +
        'into another is not among them. Refuses with `not_found` when the policy in force has no points.',
    })
    .input(
      z.strictObject({
        ...pageFields,
        level: z.string().min(1).max(50).optional().meta({
          description: 'Only members on this level of the policy, by its id.',
        }),
      }),
    )
    .output(pageAnswer(pointsListedAnswer))
    .query(async ({ ctx: { services, programId }, input }) => {
      const current = await pointsInForce(services.db, programId);
      return await listPoints(services.db, { programId, points: current.points }, input);
    }),

  history: query()
    .meta({
      rest: 'listPointPostings GET /members/{memberId}/points/history',
      doc: 'Lists what a member got and lost in points, the newest first. Refuses with `member_unknown`.',
    })
    .input(oneMember(MEMBER, pageFields))
    .output(pageAnswer(pointPostingAnswer))
    .query(async ({ ctx: { services, programId }, input: { memberId, externalId, ...page } }) => {
      const member = await findMember(services.db, programId, { memberId, externalId });
      const where = { programId, memberId: member.id };
      const rows = await services.db.pointPosting.findMany(newest(where, page));
      return newestPage(rows, page, pointPostingView);
    }),

  progress: query()
    .meta({
      rest: 'getPointProgress GET /members/{memberId}/points/progress',
      doc:
        'Returns how far a member is towards each achievement of the policy in force, and what they have. ' +
        'Refuses with `member_unknown`, and with `not_found` when the policy in force has no points.',
    })
    .input(oneMember(MEMBER, {}))
    .output(pointProgressAnswer)
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const { programId } = ctx;
      const { id: memberId, timeZone } = await findMember(db, programId, input);
      const current = await pointsInForce(db, programId);
      const program = await db.program.findUniqueOrThrow({ where: { id: programId } });
      const who = { programId, memberId, zone: timeZone ?? program.timeZone };
      const now_ms = ctx.services.now();
      const achievements = [];
      for (const rule of current.points.achievements) {
        achievements.push(progressView(rule, await readProgress(db, who, rule, now_ms)));
      }
      return { memberId, policyVersion: current.version, achievements };
    }),

  adjust: mutation()
    .meta({
      rest: 'adjustPoints POST /members/{memberId}/points/adjust',
      doc:
        "Gives or takes points by an operator's hand, lifetime points and level with them, and returns the " +
        'posting. Refuses with `member_unknown`, `member_blocked`, with `not_found` when the policy in ' +
        'force has no points, with `unit_mismatch` for another unit, with `amount_zero`, with ' +
        '`budget_exhausted`, and with `insufficient_balance` for taking more than the member can spend.',
    })
    .input(adjustInput)
    .output(pointPostingAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const member = await findMemberToChange(tx, programId, input);
      const { version, points: policy } = await pointsInForce(tx, programId);
      const amount = positiveMoneyOf(input.amount);
      if (amount.unit !== policy.unit) throw fail('unit_mismatch', `Points are counted in ${policy.unit}.`);
      const now_ms = ctx.services.now();
      const postingId = unwrap(
        await adjustPoints(tx, {
          programId,
          memberId: member.id,
          id: newId(now_ms),
          points: policy,
          policyVersion: version,
          amount_minor: input.direction === 'add' ? amount.minor : -amount.minor,
          expires_at_ms: input.expiresAt === undefined ? null : Date.parse(input.expiresAt),
          now_ms,
          trace: { by: actor, note: input.note },
        }),
      );
      const { direction, note } = input;
      const detail = { postingId, direction, minor: amount.minor.toString(), unit: amount.unit, note };
      await audit(tx, {
        programId,
        actor,
        action: 'points.adjusted',
        subject: `member:${member.id}`,
        detail,
      });
      const row = await tx.pointPosting.findUniqueOrThrow({
        where: { programId_id: { programId, id: postingId } },
      });
      return pointPostingView(row);
    }),
});

function progressView(
  { id: ruleId, name, test, benefit, repeatable }: AchievementRule,
  progress: Awaited<ReturnType<typeof readProgress>>,
): AchievementView {
  return {
    id: ruleId,
    name,
    kind: test.kind,
    event: test.event,
    benefit: benefit.kind,
    repeatable,
    reached: progress.reached.toString(),
    target: progress.target.toString(),
    unit: progress.unit,
    awards: progress.awards,
    lastAt: progress.last_ms === null ? null : iso(new Date(progress.last_ms)),
    taken: progress.taken,
  };
}
