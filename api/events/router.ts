import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { wakePump } from '../../engine/events/wake.ts';
import { fail, notFound } from '../http/errors.ts';
import { decodeNumber, encodeNumber, pageOf } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { mutation, query, router, scoped } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { eventView } from '../trpc/views.ts';
import { type EventInput, eventKey, type RecordRequest } from './input.ts';
import { recordEvent, recordEvents } from './record.ts';

export const BATCH_EVENTS_MAX = 500;

const STATES = ['pending', 'waiting', 'delivered', 'decided', 'parked', 'unmatched'] as const;

/** The batch's own form; each event is checked by itself, so that one mistake does not refuse the others. */
const batch = z.strictObject({ events: z.array(z.unknown()).min(1).max(BATCH_EVENTS_MAX) });

export const eventsRouter = router({
  /**
   * Stores one event, durably before it answers. The event's `key` makes a repeat harmless: the same event
   * gets the first answer, another one under the key is refused with `key_reused`. With `wait_ms` (10,000 at
   * most) the answer is the decision, if there is one in time.
   */
  record: scoped('events:write')
    .input((input: unknown) => input as RecordRequest)
    .mutation(({ ctx, input }) => recordEvent(ctx.services, ctx, input)),

  /** Stores up to 500 events, each for itself; `results` are in their order. */
  recordBatch: scoped('events:write')
    .input((input: unknown) => batch.parse(input) as { readonly events: readonly EventInput[] })
    .mutation(async ({ ctx, input }) => ({ results: await recordEvents(ctx.services, ctx, input.events) })),

  /** One event by its key or id, with its outcome once it is decided. */
  get: query()
    .input(z.union([z.strictObject({ key: eventKey }), z.strictObject({ id })]))
    .query(async ({ ctx, input }) => {
      const event = await ctx.services.db.event.findFirst({ where: { programId: ctx.programId, ...input } });
      if (event === null) throw notFound('event');
      return eventView(event);
    }),

  /** Events as they came, the newest first; of one state, or about one member, when asked. */
  list: query()
    .input(
      z
        .strictObject({
          ...pageFields,
          state: z.enum(STATES).optional(),
          subject: z.string().max(255).optional(),
        })
        .prefault({}),
    )
    .query(async ({ ctx, input: { cursor, limit, ...filters } }) => {
      const rows = await ctx.services.db.event.findMany({
        where: {
          programId: ctx.programId,
          ...given(filters),
          ...(cursor == null ? {} : { seq: { lt: decodeNumber(cursor) } }),
        },
        orderBy: { seq: 'desc' },
        take: limit + 1,
      });
      return pageOf(rows, limit, (row) => encodeNumber(row.seq), eventView);
    }),

  /** Hands a parked event, or one that waited in vain, to its workflow again. */
  retry: mutation('referrals:review')
    .input(z.strictObject({ id }))
    .mutation(async ({ ctx, input }) => {
      const { programId, tx } = ctx;
      const [event] = await tx.event.updateManyAndReturn({
        where: { programId, id: input.id, state: { in: ['parked', 'unmatched'] } },
        data: { state: 'pending', attempts: 0, dueAt: new Date(ctx.services.now()), reason: null },
      });
      if (event === undefined) throw await whyNotRetried(ctx, input.id);
      await audit(tx, { programId, actor: ctx.actor, action: 'event.retried', subject: event.id });
      await wakePump(tx);
      return eventView(event);
    }),
});

type RetryContext = {
  readonly programId: string;
  readonly services: {
    readonly db: {
      readonly event: { count(args: { where: { programId: string; id: string } }): Promise<number> };
    };
  };
};

async function whyNotRetried({ programId, services }: RetryContext, eventId: string) {
  const exists = (await services.db.event.count({ where: { programId, id: eventId } })) > 0;
  return exists
    ? fail('stage_forbids', 'Only an event that is parked or unmatched can be retried.')
    : notFound('event');
}
