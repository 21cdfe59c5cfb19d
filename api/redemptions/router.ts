import { z } from 'zod';
import type { Approval } from '../../domain/redemptions/approval.ts';
import { REDEMPTION_STATUSES } from '../../domain/redemptions/redemption.ts';
import { notFound } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { decidedMutation, mutation, query, router } from '../trpc/procedures.ts';
import { id, note, pageFields } from '../trpc/schemas.ts';
import { attemptView, redemptionView } from '../trpc/views.ts';
import { commandRedemption } from './command.ts';
import { requestInput } from './request.ts';
import { requestRedemption } from './store.ts';

const ATTEMPTS_SHOWN_MAX = 50;

const decision = z.strictObject({ id, note });
const resolution = z.strictObject({
  id,
  outcome: z.enum(['paid', 'failed']),
  /** The provider's own reference, when it paid. */
  providerRef: z.string().min(1).max(255).optional(),
  note,
});

/** Redemptions: asking for one, reading them, and an operator's word on them. */
export const redemptionsRouter = router({
  /**
   * Asks to pay out from a member's available balance. The ledger decides whether it suffices: `wait_ms`
   * waits for that.
   */
  request: decidedMutation('redemptions:write')
    .input(requestInput)
    .mutation(({ ctx: { tx, programId, services }, input }) =>
      requestRedemption(tx, programId, input, new Date(services.now())),
    ),

  /**
   * A redemption with who approves it and why, and each question to the provider with its answer, the last
   * first.
   */
  get: query()
    .input(z.strictObject({ id }))
    .query(async ({ ctx, input }) => {
      const row = await ctx.services.db.redemption.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
      });
      if (row === null) throw notFound('redemption');
      const attempts = await ctx.services.db.redemptionAttempt.findMany({
        where: { programId: ctx.programId, redemptionId: input.id },
        orderBy: { id: 'desc' },
        take: ATTEMPTS_SHOWN_MAX,
      });
      return {
        ...redemptionView(row),
        approval: row.approval as Approval | null,
        attempts: attempts.map(attemptView),
      };
    }),

  /** Redemptions, the newest first; of one member or status when given. */
  list: query()
    .input(
      z
        .strictObject({
          ...pageFields,
          memberId: id.optional(),
          status: z.enum(REDEMPTION_STATUSES).optional(),
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.redemption.findMany(newest({ programId: ctx.programId }, input));
      return newestPage(rows, input, redemptionView);
    }),

  /** An operator's yes to a redemption that awaits it. */
  approve: mutation('redemptions:approve')
    .input(decision)
    .mutation(({ ctx, input }) =>
      commandRedemption(ctx, 'redemption.approved', 'awaiting_approval', input.id, {
        note: input.note ?? null,
      }),
    ),

  /** An operator's no: the reserved amount goes back. */
  reject: mutation('redemptions:approve')
    .input(decision)
    .mutation(({ ctx, input }) =>
      commandRedemption(ctx, 'redemption.rejected', 'awaiting_approval', input.id, {
        note: input.note ?? null,
      }),
    ),

  /** Says how a payment ended whose outcome the provider left in doubt. */
  resolve: mutation('redemptions:approve')
    .input(resolution)
    .mutation(({ ctx, input }) => {
      const type = input.outcome === 'paid' ? 'redemption.paid' : 'redemption.failed';
      const detail = { note: input.note ?? null, providerRef: input.providerRef ?? null };
      return commandRedemption(ctx, type, 'needs_operator', input.id, detail);
    }),
});
