import type { z } from 'zod';
import type { WebhookDelivery, WebhookEndpoint } from '../../prisma/generated/client.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { webhookAnswer, webhookDeliveryAnswer } from './schema.ts';

/** An endpoint; its path, and what is asked of it, are shown to those who may change it. */
export const webhookView = (row: WebhookEndpoint, principal: Principal): z.infer<typeof webhookAnswer> => ({
  id: row.id,
  url: allows(principal, 'webhooks:write') ? row.url : new URL(row.url).origin,
  description: row.description,
  form: row.form,
  types: row.types,
  status: row.status,
  reason: row.reason,
  failingSince: isoOrNull(row.failingSince),
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
});

export const deliveryView = (
  row: WebhookDelivery,
  type: string | null,
): z.infer<typeof webhookDeliveryAnswer> => ({
  id: row.id,
  type,
  subject: row.subject,
  state: row.state,
  sequence: row.sequence === null ? null : Number(row.sequence),
  attempts: row.attempts,
  dueAt: row.endedAt === null ? iso(row.dueAt) : null,
  createdAt: iso(row.createdAt),
  endedAt: isoOrNull(row.endedAt),
});
