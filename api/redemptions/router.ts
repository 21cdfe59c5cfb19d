import { z } from 'zod';
import type { Approval } from '../../domain/redemptions/approval.ts';
import {
  isRedemptionEnd,
  REDEMPTION_STATUSES,
  type RedemptionStatus,
} from '../../domain/redemptions/redemption.ts';
import { audit } from '../../engine/audit/record.ts';
import { type CommandType, insertCommand } from '../../engine/events/commands.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { fail, notFound } from '../http/errors.ts';
import { after, encodePosition, newestFirst, pageOf } from '../trpc/cursor.ts';
import { findMember, redemptionWorkflow } from '../trpc/lookups.ts';
import { decidedMutation, mutation, query, router } from '../trpc/procedures.ts';
import { id, note, pageFields } from '../trpc/schemas.ts';
import { attemptView, redemptionView } from '../trpc/views.ts';
import { requestInput, termsOfRequest } from './request.ts';

const ATTEMPTS_SHOWN_MAX = 50;

const decision = z.strictObject({ id, note });
const resolution = z.strictObject({
  id,
  outcome: z.enum(['paid', 'failed']),
  /** The provider's own reference, when it paid. */
  providerRef: z.string().min(1).max(255).optional(),
  note,
});

export const redemptionsRouter = router({
  /** Asks to pay out from a member's available balance. Whether it suffices, the ledger decides: ask with `wait_ms` to hear it. */
  request: decidedMutation('redemptions:write')
    .input(requestInput)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId } = ctx;
      const member = await findMember(tx, programId, input.memberId);
      const current = await policyInForce(tx, programId);
      if (current === null) throw notFound('policy');
      const now = new Date(ctx.services.now());
      const { redemption: policy } = current.policy;
      const asker = { programId, memberId: member.id, now_ms: now.getTime(), policy };
      const terms = await termsOfRequest(tx, asker, input);
      const redemptionId = newId(now.getTime());
      await tx.redemption.create({
        data: {
          programId,
          id: redemptionId,
          memberId: member.id,
          ...terms,
          status: 'requested',
          createdAt: now,
          ...(input.destination === undefined ? {} : { destination: input.destination }),
        },
        select: { id: true },
      });
      const payload = { redemptionId, memberId: member.id };
      const workflowId = redemptionWorkflow(redemptionId);
      const eventId = await insertCommand(tx, {
        programId,
        type: 'redemption.requested',
        workflowId,
        payload,
        value: { minor: terms.amountMinor, unit: terms.unit },
        now,
        awaited: input.wait_ms > 0,
      });
      return accepted(redemptionId, eventId);
    }),

  /** A redemption with who approves it and why, and what the provider was asked and answered, the last first. */
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

  /** Redemptions, the newest first; of one member or status when asked. */
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
    .query(async ({ ctx, input: { cursor, limit, memberId, status } }) => {
      const rows = await ctx.services.db.redemption.findMany({
        where: {
          programId: ctx.programId,
          ...(memberId === undefined ? {} : { memberId }),
          ...(status === undefined ? {} : { status }),
          ...after(cursor),
        },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, redemptionView);
    }),

  /** An operator's yes to a redemption that awaits it. */
  approve: mutation('redemptions:approve')
    .input(decision)
    .mutation(({ ctx, input }) =>
      command(ctx, 'redemption.approved', 'awaiting_approval', input.id, { note: input.note ?? null }),
    ),

  /** An operator's no: what was reserved goes back. */
  reject: mutation('redemptions:approve')
    .input(decision)
    .mutation(({ ctx, input }) =>
      command(ctx, 'redemption.rejected', 'awaiting_approval', input.id, { note: input.note ?? null }),
    ),

  /** Tells how a payment ended of which the provider left us in doubt. */
  resolve: mutation('redemptions:approve')
    .input(resolution)
    .mutation(({ ctx, input }) => {
      const type = input.outcome === 'paid' ? 'redemption.paid' : 'redemption.failed';
      const detail = { note: input.note ?? null, providerRef: input.providerRef ?? null };
      return command(ctx, type, 'needs_operator', input.id, detail);
    }),
});

/** The answer before the decision. */
export interface RequestAnswer {
  readonly redemptionId: string;
  readonly eventId: string;
  readonly status: 'accepted' | 'decided';
  readonly outcome: Outcome | null;
}

const accepted = (redemptionId: string, eventId: string): RequestAnswer => ({
  redemptionId,
  eventId,
  status: 'accepted',
  outcome: null,
});

interface CommandContext {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
  readonly services: { now(): number };
}

async function command(
  ctx: CommandContext,
  type: CommandType,
  expected: RedemptionStatus,
  redemptionId: string,
  detail: Readonly<Record<string, string | null>>,
) {
  const { tx, programId, actor } = ctx;
  const row = await tx.redemption.findUnique({
    where: { programId_id: { programId, id: redemptionId } },
    select: { status: true },
  });
  if (row === null) throw notFound('redemption');
  if (row.status !== expected) {
    const code = isRedemptionEnd(row.status) ? 'redemption_ended' : 'stage_forbids';
    throw fail(
      code,
      `The redemption is ${row.status.replaceAll('_', ' ')}, not ${expected.replaceAll('_', ' ')}.`,
    );
  }
  const now = new Date(ctx.services.now());
  const payload = { actor, ...detail };
  const eventId = await insertCommand(tx, {
    programId,
    type,
    workflowId: redemptionWorkflow(redemptionId),
    payload,
    now,
  });
  await audit(tx, { programId, actor, action: type, subject: redemptionId, detail: { ...detail, eventId } });
  return { redemptionId, eventId, status: 'accepted' as const };
}
