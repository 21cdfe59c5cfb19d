import { z } from 'zod';
import type { RefusalCode } from '../../domain/refusal.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';
import { erasureReport } from './erasure-report.ts';

export const EVENT_STATES = ['pending', 'waiting', 'delivered', 'decided', 'parked', 'unmatched'] as const;

const refusal = {
  code: z.exactOptional(z.string<RefusalCode>()).meta({ description: 'Why not, for machines.' }),
  message: z.string().exactOptional().meta({ description: 'Why not, in a sentence.' }),
};

const rewardOutcome = z
  .looseObject({
    ruleId: z.string().meta({ examples: ['thank-the-referrer'] }),
    recipient: z.enum(['referrer', 'referred']),
    granted: z.boolean(),
    rewardId: idAnswer.exactOptional(),
    amount: moneyAnswer
      .nullable()
      .exactOptional()
      .meta({ description: 'Of credit; null for a badge or a perk.' }),
    ...refusal,
    trace: z.unknown().exactOptional().meta({ description: 'The facts and checks of a rule that refused.' }),
  })
  .meta({ id: 'RewardOutcome', description: 'What came of one reward rule that the event triggered.' });

const pointOutcome = z
  .looseObject({
    ruleId: z.string().meta({ examples: ['points-for-purchases'] }),
    recipient: z.enum(['actor', 'referrer']),
    granted: z.boolean(),
    postingId: idAnswer.exactOptional(),
    amount: moneyAnswer.exactOptional(),
    ...refusal,
  })
  .meta({ id: 'PointOutcome', description: 'What came of one point rule on the type of the event.' });

/** As it is stored: events that were decided long ago may lack what later versions of the engine write. */
export const outcomeAnswer: z.ZodType<Outcome, Outcome> = z
  .looseObject({
    decision: z.enum(['accepted', 'refused']),
    ...refusal,
    referralId: idAnswer.exactOptional(),
    stage: z
      .string()
      .exactOptional()
      .meta({ description: 'The stage of the referral, or of the redemption, after the event.' }),
    unreadable: z
      .array(z.string())
      .readonly()
      .exactOptional()
      .meta({ description: 'Of a signup: the details that could not be read; none where it is absent.' }),
    rewards: z.array(rewardOutcome).readonly().exactOptional(),
    points: z.array(pointOutcome).readonly().exactOptional(),
    achievements: z
      .array(z.string())
      .readonly()
      .exactOptional()
      .meta({ description: 'The ids of the achievements that it completed.' }),
    trace: z.unknown().exactOptional().meta({ description: 'The facts that led to it.' }),
    erasure: erasureReport.exactOptional().meta({ description: 'Of the command that erased a member.' }),
  })
  .meta({
    id: 'Outcome',
    description: 'What came of an event. It never changes once it is there.',
    examples: [
      {
        decision: 'accepted',
        referralId: '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d',
        stage: 'qualified',
        rewards: [
          {
            ruleId: 'thank-the-referrer',
            recipient: 'referrer',
            granted: true,
            rewardId: '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d',
            amount: { minor: '1000', unit: 'USD' },
          },
        ],
      },
    ],
  });

/** What a command answers: the id of its event, and its decision where the caller waited for it. */
export const commandAnswer = {
  eventId: idAnswer,
  status: z.enum(['accepted', 'decided']).meta({
    description: 'accepted: stored, and not decided yet. decided: the caller waited, and `outcome` is there.',
    examples: ['accepted'],
  }),
  outcome: outcomeAnswer.nullable().meta({ description: 'Null until it is decided.', examples: [null] }),
};

const unreadable = z.array(z.string()).meta({
  description:
    'Details of a signup that came and could not be read: `email`, `code`, `clickId`, `visitorId`, `ip`. ' +
    'The signup is decided as with ones that nobody knows; what they held is not kept.',
  examples: [[]],
});

const outcome = outcomeAnswer.nullable().meta({ description: 'Null until the event is decided.' });

export const eventAnswer = z
  .strictObject({
    id: idAnswer,
    key: z.string().meta({
      description: 'The key that its sender gave it; commands have one that begins with `command:`.',
      examples: ['order-1001'],
    }),
    type: z.string().meta({ examples: ['purchase'] }),
    subject: z
      .string()
      .nullable()
      .meta({
        description: "The member whom it is about, by the host's id; null for a command.",
        examples: ['user_42'],
      }),
    refundOf: z
      .string()
      .nullable()
      .meta({ description: 'Of a refund: the key of the event that it takes back.', examples: [null] }),
    value: moneyAnswer.nullable(),
    occurredAt: timeAnswer,
    receivedAt: timeAnswer,
    state: z.enum(EVENT_STATES).meta({
      examples: ['decided'],
      description:
        'pending: to be handed to its workflow. waiting: what it builds on has not come yet, or may not go ' +
        'on. delivered: handed over. decided: its outcome is on record. parked: could not be handled, an ' +
        'operator decides. unmatched: what it builds on did not come in time.',
    }),
    attempts: z.number().int().meta({ description: 'How often it was handed over.' }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it waits, or is set aside.', examples: [null] }),
    unreadable,
    outcome,
    decidedAt: timeAnswer.nullable(),
  })
  .meta({ id: 'EventRecord', description: 'Something that happened: stored first, decided later, once.' });

const recorded = {
  eventId: idAnswer,
  status: z.enum(['accepted', 'decided']).meta({
    description: 'accepted: stored, and not decided yet.',
    examples: ['decided'],
  }),
  unreadable,
  outcome,
  replayed: z.boolean().meta({
    description: 'The same event came before under this key; the answer is about the first one.',
    examples: [false],
  }),
};

export const recordedEventAnswer = z.strictObject(recorded).meta({ id: 'RecordedEvent' });

/** The answer to an event: stored, and perhaps decided already. */
export type RecordAnswer = Readonly<z.infer<typeof recordedEventAnswer>>;

const takenItem = z
  .strictObject({ ok: z.literal(true), key: z.string().meta({ examples: ['order-1001'] }), ...recorded })
  .meta({ id: 'RecordedBatchEvent' });

const refusedItem = z
  .strictObject({
    ok: z.literal(false),
    key: z.string().nullable().meta({ description: 'Null where the event has no text as its key.' }),
    code: z.string().meta({ examples: ['key_reused'] }),
    message: z.string().meta({ examples: ['This key came before with another event.'] }),
  })
  .meta({ id: 'RefusedBatchEvent' });

const batchItem = z.discriminatedUnion('ok', [takenItem, refusedItem]);

/** One item of a batch: its answer, or why it was refused. */
export type BatchItem = Readonly<z.infer<typeof batchItem>>;

export const recordedBatchAnswer = z
  .strictObject({
    results: z.array(batchItem).meta({ description: 'One for each event, in the order of the events.' }),
  })
  .meta({ id: 'RecordedBatch' });
