import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { tell } from '../../engine/events/outbox.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { WebhookEndpoint } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { mutation } from '../trpc/procedures.ts';
import { id, keptInstant } from '../trpc/schemas.ts';
import { findWebhook } from './find.ts';
import { queuedAnswer, webhookAnswer } from './schema.ts';
import { webhookView } from './view.ts';

/** An endpoint that is told things, or a refusal that says what to do. */
export async function findEnabled(tx: Tx, programId: string, endpointId: string): Promise<WebhookEndpoint> {
  const row = await findWebhook(tx, programId, endpointId);
  if (row.status === 'disabled') throw fail('stage_forbids', 'The endpoint is disabled: enable it first.');
  return row;
}

/** The procedures on whether an endpoint is told anything. */
export const standingProcedures = {
  disable: mutation()
    .meta({
      rest: 'disableWebhook POST /webhooks/{id}/disable',
      doc:
        'Tells an endpoint nothing more. What waits for it stays, and what happens from now on is not ' +
        'queued. Again, it changes nothing. Refuses with `not_found`.',
    })
    .input(z.strictObject({ id }))
    .output(webhookAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const before = await findWebhook(tx, programId, input.id);
      if (before.status === 'disabled') return webhookView(before, ctx.principal);
      const row = await tx.webhookEndpoint.update({
        where: { programId_id: { programId, id: input.id } },
        data: {
          status: 'disabled',
          reason: 'operator',
          fillFrom: null,
          updatedAt: new Date(ctx.services.now()),
        },
      });
      const detail = { reason: 'operator' };
      await audit(tx, { programId, actor, action: 'webhook.disabled', subject: input.id, detail });
      return webhookView(row, ctx.principal);
    }),

  enable: mutation()
    .meta({
      rest: 'enableWebhook POST /webhooks/{id}/enable',
      doc:
        'Tells a disabled endpoint what happens again. `backlog` says what becomes of the messages that ' +
        'still wait for it, and `since` queues what happened while it was disabled. Refuses with ' +
        '`not_found`, and with `stage_forbids` an endpoint that is not disabled.',
    })
    .input(
      z.strictObject({
        id,
        backlog: z.enum(['send', 'drop']).meta({
          description: '`send`: what waits is sent first. `drop`: it is closed and never sent.',
          examples: ['send'],
        }),
        since: keptInstant
          .meta({ description: 'What happened from then on is queued; left out: nothing.' })
          .optional(),
      }),
    )
    .output(webhookAnswer)
    .mutation(async ({ ctx, input: { id: endpointId, backlog, since } }) => {
      const { tx, programId, actor } = ctx;
      const before = await findWebhook(tx, programId, endpointId);
      if (before.status !== 'disabled') throw fail('stage_forbids', 'The endpoint is enabled already.');
      const now = new Date(ctx.services.now());
      if (backlog === 'drop') {
        await tx.webhookDelivery.updateMany({
          where: { programId, endpointId, state: { in: ['waiting', 'retrying'] } },
          data: { state: 'dropped', endedAt: now },
        });
      }
      const past =
        since === undefined
          ? { status: 'active' as const }
          : { status: 'filling' as const, fillFrom: new Date(since) };
      const row = await tx.webhookEndpoint.update({
        where: { programId_id: { programId, id: endpointId } },
        data: { ...past, reason: null, failingSince: null, busyUntil: now, updatedAt: now },
      });
      await audit(tx, {
        programId,
        actor,
        action: 'webhook.enabled',
        subject: endpointId,
        detail: { backlog },
      });
      return webhookView(row, ctx.principal);
    }),

  ping: mutation()
    .meta({
      rest: 'pingWebhook POST /webhooks/{id}/ping',
      doc:
        'Sends an endpoint a message of the type `webhook.ping`, whatever types it takes; no other is ' +
        'told. `webhooks.deliveries` shows what it answered. Refuses with `not_found`, and with ' +
        '`stage_forbids` an endpoint that is disabled.',
    })
    .input(z.strictObject({ id }))
    .output(queuedAnswer)
    .mutation(async ({ ctx: { tx, programId, actor }, input: { id: endpointId } }) => {
      await findEnabled(tx, programId, endpointId);
      await tell(tx, programId, [
        {
          key: `webhook.ping:${newId()}`,
          subject: `endpoint:${endpointId}`,
          members: [],
          type: 'webhook.ping',
          payload: { endpointId, by: actor },
        },
      ]);
      return { queued: 1, nextCursor: null };
    }),
};
