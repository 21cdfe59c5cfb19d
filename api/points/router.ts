import { z } from 'zod';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { audit } from '../../engine/audit/record.ts';
import { adjustPoints } from '../../engine/points/adjust.ts';
import { readProgress } from '../../engine/points/progress.ts';
import { newId } from '../../platform/ids.ts';
import { fail, unwrap } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { futureInstant, id, moneyJson, pageFields, positiveMoneyOf } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { pointPostingView, pointsInForce, readPoints } from './read.ts';

const adjustInput = z.strictObject({
  memberId: id,
  direction: z.enum(['add', 'take']),
  amount: moneyJson,
  /** Of points that are added. */
  expiresAt: futureInstant.optional(),
  note: z.string().trim().min(1).max(1_000),
});

export const pointsRouter = router({
  /**
   * What a member has in points: to spend, in all their life, their level, the next one, and what expires
   * next.
   */
  get: query()
    .input(z.strictObject({ memberId: id }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const member = await findMember(db, ctx.programId, input.memberId);
      const current = await pointsInForce(db, ctx.programId);
      return await readPoints(db, ctx.programId, member.id, current.points);
    }),

  /** What a member got and lost in points, the newest first. */
  history: query()
    .input(z.strictObject({ ...pageFields, memberId: id }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      await findMember(db, ctx.programId, input.memberId);
      const rows = await db.pointPosting.findMany(newest({ programId: ctx.programId }, input));
      return newestPage(rows, input, pointPostingView);
    }),

  /** How far a member is towards each achievement of the policy in force, and what they have. */
  progress: query()
    .input(z.strictObject({ memberId: id }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const { programId } = ctx;
      const { id: memberId, timeZone } = await findMember(db, programId, input.memberId);
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

  /** Gives or takes points by an operator's hand, lifetime points and level with them. */
  adjust: mutation('points:write')
    .input(adjustInput)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const member = await findMember(tx, programId, input.memberId);
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
) {
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
