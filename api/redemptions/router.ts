import { z } from 'zod';
import type { Approval } from '../../domain/redemptions/approval.ts';
import { REDEMPTION_STATUSES } from '../../domain/redemptions/redemption.ts';
import { notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { byMemberId } from '../trpc/lookups.ts';
import { decidedMutation, query } from '../trpc/procedures.ts';
import { id, note, pageFields, waitMs } from '../trpc/schemas.ts';
import { anyMember, MEMBER } from '../trpc/which-member.ts';
import { commandRedemption } from './command.ts';
import { readRedemptions } from './read.ts';
import { requestInput } from './request.ts';
import {
  redemptionAnswer,
  redemptionCommandAnswer,
  redemptionDetailAnswer,
  requestedRedemptionAnswer,
} from './schema.ts';
import { requestRedemption } from './store.ts';
import { approvalView, attemptView, redemptionView } from './view.ts';

const ATTEMPTS_SHOWN_MAX = 50;

const decision = z.strictObject({ id, note, wait_ms: waitMs });
const resolution = z.strictObject({
  id,
  outcome: z.enum(['paid', 'failed']),
  providerRef: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: "The provider's own reference, when it paid." }),
  note,
  wait_ms: waitMs,
});

/** Redemptions: asking for one, reading them, and an operator's word on them. */
export const redemptionsRouter = router({
  request: decidedMutation()
    .meta({
      rest: 'requestRedemption POST /redemptions',
      doc:
        "Asks to pay out from a member's available balance: a plain `amount` by a `method`, or an item of " +
        'the catalogue by its `itemId`. The ledger decides whether the balance suffices: `wait_ms` waits ' +
        'for that, and the `outcome` may be refused with `insufficient_balance` or `out_of_stock`. ' +
        'Refuses at once what cannot succeed, with `member_unknown`, `member_blocked`, `below_minimum`, ' +
        '`method_unknown`, `unit_mismatch`, `destination_invalid`, `item_unknown`, `item_inactive`, ' +
        '`item_invalid`, `not_eligible`, `limit_reached` or `out_of_stock`.',
    })
    .input(requestInput)
    .output(requestedRedemptionAnswer)
    .mutation(({ ctx: { tx, programId, actor, services }, input }) =>
      requestRedemption(tx, { programId, actor, isMember: false, now_ms: services.now() }, input),
    ),

  get: query()
    .meta({
      rest: 'getRedemption GET /redemptions/{id}',
      doc:
        'Returns a redemption with who approves it and why, and each question to the provider with its ' +
        'answer, the last first. Where it is paid to is not shown; the fraud score that was looked at ' +
        'needs the scope `policies:read`.',
    })
    .input(z.strictObject({ id }))
    .output(redemptionDetailAnswer)
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
        approval: approvalView(row.approval as Approval | null, ctx.principal),
        attempts: attempts.map(attemptView),
      };
    }),

  list: query()
    .meta({
      rest: 'listRedemptions GET /redemptions',
      doc: 'Lists redemptions, the newest first; of one member or status when given.',
    })
    .input(
      anyMember([MEMBER], { ...pageFields, status: z.enum(REDEMPTION_STATUSES).optional() }).prefault({}),
    )
    .output(pageAnswer(redemptionAnswer))
    .query(async ({ ctx: { services, programId }, input }) =>
      readRedemptions(services.db, programId, await byMemberId(services.db, programId, input)),
    ),

  approve: decidedMutation()
    .meta({
      rest: 'approveRedemption POST /redemptions/{id}/approve',
      doc:
        "Stores an operator's yes to a redemption that awaits it. Its workflow carries this out: `wait_ms` " +
        'waits for its decision, and `eventId` leads to it later, as with `explain.event`. Refuses with ' +
        '`stage_forbids` one that awaits no approval, and with `redemption_ended` one that is over.',
    })
    .input(decision)
    .output(redemptionCommandAnswer)
    .mutation(({ ctx, input }) =>
      commandRedemption(ctx, 'redemption.approved', 'awaiting_approval', input, {}),
    ),

  reject: decidedMutation()
    .meta({
      rest: 'rejectRedemption POST /redemptions/{id}/reject',
      doc:
        "Stores an operator's no to a redemption that awaits approval: the reserved amount goes back. Its " +
        'workflow carries this out: `wait_ms` waits for its decision, and `eventId` leads to it later, as ' +
        'with `explain.event`. Refuses with `stage_forbids` one ' +
        'that awaits no approval, and with `redemption_ended` one that is over.',
    })
    .input(decision)
    .output(redemptionCommandAnswer)
    .mutation(({ ctx, input }) =>
      commandRedemption(ctx, 'redemption.rejected', 'awaiting_approval', input, {}),
    ),

  resolve: decidedMutation()
    .meta({
      rest: 'resolveRedemption POST /redemptions/{id}/resolve',
      doc:
        'Says how a payment ended whose outcome the provider left in doubt: `paid` settles the ' +
        'redemption, `failed` gives the amount back. `wait_ms` waits for the decision, and `eventId` leads ' +
        'to it later, as with `explain.event`. Refuses with `stage_forbids` one that needs no ' +
        'operator, and with `redemption_ended` one that is over.',
    })
    .input(resolution)
    .output(redemptionCommandAnswer)
    .mutation(({ ctx, input }) => {
      const type = input.outcome === 'paid' ? 'redemption.paid' : 'redemption.failed';
      const detail = { providerRef: input.providerRef ?? null };
      return commandRedemption(ctx, type, 'needs_operator', input, detail);
    }),
});
