import type { z } from 'zod';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { Event } from '../../prisma/generated/client.ts';
import type { Principal } from '../auth/auth.ts';
import { outcomeView } from '../trpc/outcome.ts';
import { iso, isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import { unreadableOf } from './details.ts';
import type { eventAnswer } from './schema.ts';

/** An event, for this asker: with its outcome as `outcomeView` shows it. */
export const eventView = (row: Event, principal: Principal): z.infer<typeof eventAnswer> => ({
  id: row.id,
  key: row.key,
  type: row.type,
  subject: row.subject,
  refundOf: row.refundOf,
  value: row.valueMinor === null || row.unit === null ? null : moneyJsonOf(row.valueMinor, row.unit),
  occurredAt: iso(row.occurredAt),
  receivedAt: iso(row.receivedAt),
  state: row.state,
  attempts: row.attempts,
  reason: row.reason,
  unreadable: unreadableOf(row.payload),
  outcome: outcomeView(row.outcome as Outcome | null, principal),
  // One that is decided anew has the time of the decision before.
  decidedAt: row.state === 'decided' ? isoOrNull(row.decidedAt) : null,
});
