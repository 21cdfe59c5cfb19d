import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { queueAgain, queuePast } from '../../engine/webhooks/queue.ts';
import { fail } from '../http/errors.ts';
import { decodeNumber, encodeNumber } from '../trpc/cursor.ts';
import { mutation } from '../trpc/procedures.ts';
import { instant, pageFields } from '../trpc/schemas.ts';
import { findDelivery, readMessage, whichDelivery } from './deliveries.ts';
import { queuedAnswer } from './schema.ts';
import { findEnabled } from './standing.ts';

/** Messages that one call looks at. */
const REPLAY_MAX = 10_000;

/** The procedures that send again what was sent, or was to be. */
export const replayProcedures = {
  replay: mutation()
    .meta({
      rest: 'replayWebhookDelivery POST /webhooks/{id}/deliveries/{deliveryId}/replay',
      doc:
        'Sends a message again, under the same id and with all its retries, whatever became of it. Refuses ' +
        'with `not_found`, and with `stage_forbids` while the message still waits, once it is not kept any ' +
        'more, or where the endpoint is disabled.',
    })
    .input(z.strictObject(whichDelivery))
    .output(queuedAnswer)
    .mutation(async ({ ctx: { tx, programId, actor }, input }) => {
      await findEnabled(tx, programId, input.id);
      const row = await findDelivery(tx, programId, input);
      if (row.state === 'waiting')
        throw fail('stage_forbids', 'The message still waits for its first attempt.');
      if ((await readMessage(tx, row)) === null) {
        throw fail('stage_forbids', 'The message is not kept any more.');
      }
      await queueAgain(tx, { programId, endpointId: input.id }, row.id);
      const detail = { messages: row.id };
      await audit(tx, { programId, actor, action: 'webhook.replayed', subject: input.id, detail });
      return { queued: 1, nextCursor: null };
    }),

  replayRange: mutation()
    .meta({
      rest: 'replayWebhook POST /webhooks/{id}/replay',
      doc:
        'Sends an endpoint what happened in a time and did not reach it: messages that were never queued, ' +
        `given up on, or closed; with \`delivered\` the others too. One call looks at ${REPLAY_MAX} ` +
        'messages. Refuses with `not_found`, and with `stage_forbids` where the endpoint is disabled.',
    })
    .input(
      z
        .strictObject({
          id: whichDelivery.id,
          from: instant.meta({ description: 'What happened at this time or later.' }),
          to: instant
            .meta({ description: 'What happened before this time; left out: until now.' })
            .optional(),
          delivered: z
            .boolean()
            .default(false)
            .meta({ description: 'Whether what was delivered is sent again, too.' }),
          cursor: pageFields.cursor,
        })
        .meta({ examples: [{ from: '2026-01-15T09:30:00Z', delivered: false }] }),
    )
    .output(queuedAnswer)
    .mutation(async ({ ctx: { tx, programId, actor }, input }) => {
      await findEnabled(tx, programId, input.id);
      const { queued, last } = await queuePast(tx, {
        programId,
        endpointId: input.id,
        from: new Date(input.from),
        ...(input.to === undefined ? {} : { to: new Date(input.to) }),
        after: input.cursor == null ? 0n : decodeNumber(input.cursor),
        limit: REPLAY_MAX,
        again: input.delivered ? ['failed', 'dropped', 'delivered'] : ['failed', 'dropped'],
      });
      const detail = { messages: String(queued), from: input.from, to: input.to ?? null };
      await audit(tx, { programId, actor, action: 'webhook.replayed', subject: input.id, detail });
      return { queued, nextCursor: last === null ? null : encodeNumber(last) };
    }),
};
