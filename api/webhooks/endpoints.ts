import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { addSecret, newEndpointSecret } from '../../engine/webhooks/secrets.ts';
import { newId } from '../../platform/ids.ts';
import { isEndpoint } from '../../platform/outbound.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ApiSettings } from '../context.ts';
import { fail } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { findWebhook } from './find.ts';
import {
  createdWebhookAnswer,
  createWebhookInput,
  removedWebhookAnswer,
  rotatedSecretAnswer,
  rotateSecretFields,
  updateWebhookFields,
  webhookAnswer,
} from './schema.ts';
import { webhookView } from './view.ts';

/** Each message is queued once for each endpoint. */
const ENDPOINTS_MAX = 20;
const HOUR_MS = 3_600_000;

function checkUrl(url: string, { allowInternalWebhooks = false }: ApiSettings): void {
  if (isEndpoint(url, allowInternalWebhooks)) return;
  throw fail('endpoint_forbidden', 'An endpoint is a public https address, without user and fragment.');
}

/** Counts under a lock, so that two calls at once cannot both be the last that fits. */
async function checkRoom(tx: Tx, programId: string): Promise<void> {
  await lockProgramRow(tx, programId);
  if ((await tx.webhookEndpoint.count({ where: { programId } })) < ENDPOINTS_MAX) return;
  throw fail('limit_reached', `A program has at most ${ENDPOINTS_MAX} endpoints: remove one first.`);
}

/** The procedures on endpoints themselves. */
export const webhookProcedures = {
  create: mutation()
    .meta({
      rest: 'createWebhook POST /webhooks',
      doc:
        'Makes an endpoint: an address that is told what happens in the program, by signed calls. The ' +
        'answer shows the secret of the signatures once. Refuses with `endpoint_forbidden` when the ' +
        'address is not a public https address without user and fragment, and with `limit_reached` when ' +
        `there are ${ENDPOINTS_MAX}.`,
      shownOnce: 'secret',
    })
    .input(createWebhookInput)
    .output(createdWebhookAnswer)
    .mutation(async ({ ctx, input: { since, description, ...input } }) => {
      const { tx, programId, actor, services } = ctx;
      checkUrl(input.url, services.settings);
      await checkRoom(tx, programId);
      const now = new Date(services.now());
      const past = since === undefined ? {} : { status: 'filling' as const, fillFrom: new Date(since) };
      const data = { ...input, ...given({ description }), ...past };
      const row = await tx.webhookEndpoint.create({
        data: { programId, id: newId(now.getTime()), ...data, createdAt: now, updatedAt: now },
      });
      const signing = newEndpointSecret();
      const sealing = { signing, ring: services.settings.sealRing, now, overlap_ms: 0 };
      await addSecret(tx, { programId, endpointId: row.id }, sealing);
      await audit(tx, { programId, actor, action: 'webhook.created', subject: row.id });
      const secret: string | null = signing;
      return { ...webhookView(row, ctx.principal), secret };
    }),

  get: query()
    .meta({ rest: 'getWebhook GET /webhooks/{id}', doc: 'Returns one endpoint. Refusal: `not_found`.' })
    .input(z.strictObject({ id }))
    .output(webhookAnswer)
    .query(async ({ ctx, input }) =>
      webhookView(await findWebhook(ctx.services.db, ctx.programId, input.id), ctx.principal),
    ),

  list: query()
    .meta({ rest: 'listWebhooks GET /webhooks', doc: "Lists the program's endpoints, the newest first." })
    .input(z.strictObject(pageFields).prefault({}))
    .output(pageAnswer(webhookAnswer))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.webhookEndpoint.findMany(
        newest({ programId: ctx.programId }, input),
      );
      return newestPage(rows, input, (row) => webhookView(row, ctx.principal));
    }),

  update: mutation()
    .meta({
      rest: 'updateWebhook PATCH /webhooks/{id}',
      doc:
        'Changes the address, the types or the description of an endpoint; what is left out stays. The ' +
        'address counts for what waits already, too; the types count for what happens from now on. ' +
        'Refusals: `not_found`, `endpoint_forbidden`.',
    })
    .input(z.strictObject({ id, ...updateWebhookFields }))
    .output(webhookAnswer)
    .mutation(async ({ ctx, input: { id: endpointId, ...input } }) => {
      const { tx, programId, actor, services } = ctx;
      await findWebhook(tx, programId, endpointId);
      if (input.url !== undefined) checkUrl(input.url, services.settings);
      const data = { ...given(input), updatedAt: new Date(services.now()) };
      const where = { programId_id: { programId, id: endpointId } };
      const row = await tx.webhookEndpoint.update({ where, data });
      await audit(tx, { programId, actor, action: 'webhook.updated', subject: endpointId });
      return webhookView(row, ctx.principal);
    }),

  remove: mutation()
    .meta({
      rest: 'removeWebhook DELETE /webhooks/{id}',
      doc:
        'Removes an endpoint with its secrets, with what waits for it and with its log. Refuses with ' +
        '`not_found`.',
    })
    .input(z.strictObject({ id }))
    .output(removedWebhookAnswer)
    .mutation(async ({ ctx: { tx, programId, actor }, input }) => {
      await findWebhook(tx, programId, input.id);
      await tx.webhookEndpoint.deleteMany({ where: { programId, id: input.id } });
      await audit(tx, { programId, actor, action: 'webhook.removed', subject: input.id });
      return { id: input.id, removed: true as const };
    }),

  rotateSecret: mutation()
    .meta({
      rest: 'rotateWebhookSecret POST /webhooks/{id}/secret',
      doc:
        'Gives an endpoint another secret, which is shown once. Until the overlap ends, each call is ' +
        'signed with both, so that a receiver can change over without a gap; a third is never used. ' +
        'Refuses with `not_found`.',
      shownOnce: 'secret',
    })
    .input(z.strictObject({ id, ...rotateSecretFields }))
    .output(rotatedSecretAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor, services } = ctx;
      await findWebhook(tx, programId, input.id);
      const now = new Date(services.now());
      const overlap_ms = input.overlap_hours * HOUR_MS;
      const signing = input.secret ?? newEndpointSecret();
      const sealing = { signing, ring: services.settings.sealRing, now, overlap_ms };
      await addSecret(tx, { programId, endpointId: input.id }, sealing);
      const detail = { overlap_hours: input.overlap_hours };
      await audit(tx, { programId, actor, action: 'webhook.secret_rotated', subject: input.id, detail });
      const secret: string | null = signing;
      return { id: input.id, secret, expiresAt: iso(new Date(now.getTime() + overlap_ms)) };
    }),
};
