import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { wakePump } from '../../engine/events/wake.ts';
import { subjectsOf } from '../../engine/members/find.ts';
import { fail, notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import type { Awaiting } from '../trpc/awaiting.ts';
import { router } from '../trpc/builder.ts';
import { decodeNumber, encodeNumber, pageOf } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { decidedMutation, query, scoped } from '../trpc/procedures.ts';
import { id, pageFields, waitMs } from '../trpc/schemas.ts';
import { BATCH_EVENTS_MAX, batchForm, eventForm } from './form.ts';
import { type EventInput, eventKey, type RecordRequest } from './input.ts';
import { recordEvent, recordEvents } from './record.ts';
import { EVENT_STATES, eventAnswer, recordedBatchAnswer, recordedEventAnswer } from './schema.ts';
import { eventView } from './view.ts';

/** The batch's own form; each event is checked by itself, so that one mistake does not refuse the others. */
const batch = z.strictObject({ events: z.array(z.unknown()).min(1).max(BATCH_EVENTS_MAX), wait_ms: waitMs });

/** A batch as callers write it: `wait_ms` may be left out. */
type BatchRequest = { readonly events: readonly EventInput[]; readonly wait_ms?: number };

/** The event as it stands once it is decided. */
const retried: Awaiting = {
  field: 'id',
  async decided(_, __, eventId, { services, principal, programId }) {
    const where = { programId_id: { programId, id: eventId } };
    return eventView(await services.db.event.findUniqueOrThrow({ where }), principal);
  },
};

export const eventsRouter = router({
  record: scoped()
    .meta({
      rest: 'recordEvent POST /events',
      doc:
        'Stores one event, durably before it answers. The `key` of the event makes a repeat harmless: the ' +
        'same event gets the first answer, another one under the key is refused with `key_reused`. With ' +
        '`wait_ms` (10,000 at most) the answer is the decision, if there is one in time; without it, or ' +
        'later, `events.get` has the decision, and so has the same event sent again. Refuses with ' +
        '`program_not_live` every event of a draft, and signups after the end of a program; with ' +
        '`time_future`, `time_too_old` or `backdating_forbidden` a time that is out of bounds; with ' +
        '`overloaded` what must be sent again in a second.',
      idempotency: 'input',
      checksTexts: true,
      accepts: eventForm,
    })
    .input((input: unknown) => input as RecordRequest)
    .output(recordedEventAnswer)
    .mutation(({ ctx, input }) => recordEvent(ctx.services, ctx, input)),

  recordBatch: scoped()
    .meta({
      rest: 'recordEvents POST /events/batch',
      doc:
        'Stores up to 500 events, each for itself. Returns `results` in the order of the events: one that ' +
        'is refused has `ok: false` with its code, and does not hold up the others. A batch may be sent ' +
        'again as a whole: what was stored before is answered with `replayed: true`. With `wait_ms` it ' +
        'waits for the decisions of all of them; those that do not come in time stay `accepted`.',
      idempotency: 'input',
      checksTexts: true,
      accepts: batchForm,
    })
    .input((input: unknown) => batch.parse(input) as BatchRequest)
    .output(recordedBatchAnswer)
    .mutation(async ({ ctx, input }) => ({ results: await recordEvents(ctx.services, ctx, input) })),

  get: query()
    .meta({
      rest: ['getEvent GET /events/{id}', 'getEventByKey GET /events/key/{key}'],
      doc:
        'Returns one event by its key or id, with its outcome once it is decided. What ' +
        'fraud signals weigh in it needs the scope `policies:read`.',
    })
    .input(z.union([z.strictObject({ key: eventKey }), z.strictObject({ id })]))
    .output(eventAnswer)
    .query(async ({ ctx, input }) => {
      const event = await ctx.services.db.event.findFirst({ where: { programId: ctx.programId, ...input } });
      if (event === null) throw notFound('event');
      return eventView(event, ctx.principal);
    }),

  list: query()
    .meta({
      rest: 'listEvents GET /events',
      doc:
        'Lists events as they came, the newest first; of one state, or about one member, when asked. ' +
        "Commands of operators and members, and the engine's own events, are among them: their types hold " +
        'a dot.',
    })
    .input(
      z
        .strictObject({
          ...pageFields,
          state: z.enum(EVENT_STATES).optional(),
          subject: z
            .string()
            .max(255)
            .optional()
            .meta({
              description: "The member whom they are about, by the host's id.",
              examples: ['user_42'],
            }),
        })
        .prefault({}),
    )
    .output(pageAnswer(eventAnswer))
    .query(async ({ ctx, input: { cursor, limit, subject, ...filters } }) => {
      const subjects =
        subject === undefined ? null : await subjectsOf(ctx.services.db, ctx.programId, subject);
      const rows = await ctx.services.db.event.findMany({
        where: {
          programId: ctx.programId,
          ...given(filters),
          ...(subjects === null ? {} : { subject: { in: subjects } }),
          ...(cursor == null ? {} : { seq: { lt: decodeNumber(cursor) } }),
        },
        orderBy: { seq: 'desc' },
        take: limit + 1,
      });
      return pageOf(
        rows,
        limit,
        (row) => encodeNumber(row.seq),
        (row) => eventView(row, ctx.principal),
      );
    }),

  retry: decidedMutation(retried)
    .meta({
      rest: 'retryEvent POST /events/{id}/retry',
      doc:
        'Hands a parked event, or one that waited in vain, to its workflow again. Returns the event, ' +
        'which is `pending` again; with `wait_ms`, decided when that comes in time. Refuses with ' +
        '`stage_forbids` an event in any other state.',
    })
    .input(z.strictObject({ id, wait_ms: waitMs }))
    .output(eventAnswer)
    .mutation(async ({ ctx, input }) => {
      const { programId, tx } = ctx;
      const [event] = await tx.event.updateManyAndReturn({
        where: { programId, id: input.id, state: { in: ['parked', 'unmatched'] } },
        data: {
          state: 'pending',
          attempts: 0,
          dueAt: new Date(ctx.services.now()),
          reason: null,
          ...(input.wait_ms > 0 ? { awaited: true } : {}),
        },
      });
      if (event === undefined) throw await whyNotRetried(ctx, input.id);
      await audit(tx, { programId, actor: ctx.actor, action: 'event.retried', subject: event.id });
      await wakePump(tx);
      return eventView(event, ctx.principal);
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
