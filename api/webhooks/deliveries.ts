import { z } from 'zod';
import { parseMessage } from '../../domain/messages.ts';
import type { KnownMember } from '../../domain/webhooks/envelope.ts';
import { bodyOf } from '../../engine/webhooks/body.ts';
import { KNOWN_MEMBERS } from '../../engine/webhooks/known-members.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { Outbox, WebhookDelivery, WebhookForm } from '../../prisma/generated/client.ts';
import { allows } from '../auth/auth.ts';
import { notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { decodeId, encodeId, pageOf } from '../trpc/cursor.ts';
import { query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { findWebhook } from './find.ts';
import { deliveryState, webhookDeliveryAnswer, webhookDeliveryDetailAnswer } from './schema.ts';
import { deliveryView } from './view.ts';

export const whichDelivery = {
  id: id.meta({ description: 'The endpoint.' }),
  deliveryId: id.meta({ description: 'The `webhook-id` of the message.' }),
};

/** A delivery of the program, or `not_found`. */
export async function findDelivery(
  db: Database | Tx,
  programId: string,
  which: { readonly id: string; readonly deliveryId: string },
): Promise<WebhookDelivery> {
  const key = { programId, endpointId: which.id, id: which.deliveryId };
  const row = await db.webhookDelivery.findUnique({ where: { programId_endpointId_id: key } });
  if (row === null) throw notFound('delivery');
  return row;
}

/** The procedures that show what became of messages. */
export const logProcedures = {
  deliveries: query()
    .meta({
      rest: 'listWebhookDeliveries GET /webhooks/{id}/deliveries',
      doc:
        'Lists the messages of an endpoint, the one queued last first; in one state when asked. What has ' +
        'ended is kept for `WEBHOOK_LOG_DAYS`. Refuses with `not_found`.',
    })
    .input(z.strictObject({ ...pageFields, id: whichDelivery.id, state: deliveryState.optional() }))
    .output(pageAnswer(webhookDeliveryAnswer))
    .query(async ({ ctx: { programId, services }, input }) => {
      const { db } = services;
      await findWebhook(db, programId, input.id);
      const before = input.cursor == null ? {} : { id: { lt: decodeId(input.cursor) } };
      const state = input.state === undefined ? {} : { state: input.state };
      const rows = await db.webhookDelivery.findMany({
        where: { programId, endpointId: input.id, ...state, ...before },
        orderBy: { id: 'desc' },
        take: input.limit + 1,
      });
      const messages = await db.outbox.findMany({
        where: { programId, id: { in: rows.map(({ outboxId }) => outboxId) } },
        select: { id: true, type: true },
      });
      const types = new Map(messages.map((message) => [message.id, message.type]));
      return pageOf(
        rows,
        input.limit,
        (row) => encodeId(row.id),
        (row) => deliveryView(row, types.get(row.outboxId) ?? null),
      );
    }),

  delivery: query()
    .meta({
      rest: 'getWebhookDelivery GET /webhooks/{id}/deliveries/{deliveryId}',
      doc:
        'Returns a message of an endpoint with its body and with each attempt and its answer. What the ' +
        'endpoint said is shown to keys with the scope `webhooks:write` alone. Refuses with `not_found`.',
    })
    .input(z.strictObject(whichDelivery))
    .output(webhookDeliveryDetailAnswer)
    .query(async ({ ctx: { programId, principal, services }, input }) => {
      const { db } = services;
      const { form } = await findWebhook(db, programId, input.id);
      const row = await findDelivery(db, programId, input);
      const message = await readMessage(db, row);
      const mayRead = allows(principal, 'webhooks:write');
      const log = row.log as unknown as z.infer<typeof webhookDeliveryDetailAnswer>['log'];
      return {
        ...deliveryView(row, message?.type ?? null),
        body: message === null ? null : bodyAsSent(row, message, form),
        log: log.map((attempt) => (mayRead ? attempt : { ...attempt, answer: null })),
      };
    }),
};

type StoredMessage = Outbox & { readonly known: readonly KnownMember[] };

/** The message of a delivery, with the members whom it concerns; null: it is not kept any more. */
export async function readMessage(db: Database | Tx, row: WebhookDelivery): Promise<StoredMessage | null> {
  const [message] = await db.$queryRaw<StoredMessage[]>`
    SELECT o.id, o.program_id::text AS "programId", o.key, o.subject, o.members::text[], o.type, o.payload,
           o.created_at AS "createdAt", ${KNOWN_MEMBERS} AS known
    FROM outbox o WHERE o.id = ${row.outboxId} AND o.program_id = ${row.programId}::uuid`;
  return message ?? null;
}

const bodyAsSent = (
  { id: messageId, programId, sequence }: WebhookDelivery,
  { known, createdAt, ...message }: StoredMessage,
  form: WebhookForm,
): string | null =>
  bodyOf(form, {
    id: messageId,
    programId,
    sequence: Number(sequence ?? 0),
    at: createdAt,
    members: known,
    message: parseMessage(message),
  });
