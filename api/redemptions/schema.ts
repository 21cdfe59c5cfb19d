import { z } from 'zod';
import type { Approval } from '../../domain/redemptions/approval.ts';
import { REDEMPTION_STATUSES } from '../../domain/redemptions/redemption.ts';
import { AttemptResult } from '../../prisma/generated/client.ts';
import { commandAnswer, outcomeAnswer } from '../events/schema.ts';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';

const providerRef = z
  .string()
  .nullable()
  .meta({ description: "The provider's own reference.", examples: ['transfer-17'] });

/** Where it is paid to stays in the database. */
export const redemptionAnswer = z
  .strictObject({
    id: idAnswer,
    memberId: idAnswer,
    amount: moneyAnswer.meta({ description: "What is taken from the member's balance." }),
    itemId: idAnswer
      .nullable()
      .meta({ description: 'Null: a plain amount, of no item of the catalogue.', examples: [null] }),
    fee: moneyAnswer.meta({
      description: 'What the program keeps of the amount.',
      examples: [{ minor: '0', unit: 'USD' }],
    }),
    payout: moneyAnswer.meta({ description: 'What the provider pays.' }),
    method: z.string().meta({ examples: ['manual'] }),
    batchId: idAnswer.nullable().meta({ description: 'The batch of payouts by hand that it lies in.' }),
    status: z.enum(REDEMPTION_STATUSES).meta({
      examples: ['settled'],
      description:
        'refused: nothing was reserved. settled: the provider has paid. released: what was reserved went ' +
        'back. needs_operator: whether the provider paid is not known, and an operator says so with ' +
        '`redemptions.resolve`.',
    }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it has this status, where that needs a word.', examples: [null] }),
    providerRef,
    approvedBy: z
      .string()
      .nullable()
      .meta({ examples: ['key:0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'] }),
    createdAt: timeAnswer,
    updatedAt: timeAnswer,
  })
  .meta({ id: 'Redemption', description: "A payment or an item out of a member's available balance." });

/** Open, since redemptions that were approved long ago may have been judged otherwise. */
const approvalAnswer: z.ZodType<Approval, Approval> = z
  .looseObject({
    who: z.enum(['auto', 'operator']).meta({ examples: ['auto'] }),
    steps: z.array(
      z
        .looseObject({
          step: z.string().meta({ examples: ['amount'] }),
          passed: z.boolean(),
          result: z
            .string()
            .nullable()
            .meta({ examples: ['2000'] }),
        })
        .meta({ id: 'ApprovalStep', description: 'One check; passed means that it asks for nobody.' }),
    ),
  })
  .meta({ id: 'Approval', description: 'Who approves the redemption, and the checks that said so.' });

export const attemptAnswer = z
  .strictObject({
    method: z.string().meta({ examples: ['manual'] }),
    askedAt: timeAnswer,
    answeredAt: timeAnswer.nullable(),
    result: z
      .enum(Object.values(AttemptResult))
      .nullable()
      .meta({ description: 'Null: the process ended before the answer was on record.', examples: ['paid'] }),
    reason: z
      .string()
      .nullable()
      .meta({ description: "A code, never the provider's own words.", examples: [null] }),
    providerRef,
  })
  .meta({ id: 'RedemptionAttempt', description: 'One question to a provider, with its answer.' });

export const redemptionDetailAnswer = redemptionAnswer
  .extend({
    approval: approvalAnswer.nullable().meta({ description: 'Null before anybody judged it.' }),
    attempts: z.array(attemptAnswer).meta({ description: 'At most 50, the last first.' }),
  })
  .meta({ id: 'RedemptionDetail', description: 'A redemption with its approval and its attempts.' });

export const requestedRedemptionAnswer = z
  .strictObject({
    redemptionId: idAnswer,
    eventId: idAnswer,
    status: z
      .enum(['accepted', 'decided'])
      .meta({ description: 'decided: the caller waited, and `outcome` is there.', examples: ['accepted'] }),
    outcome: outcomeAnswer.nullable().meta({
      description: 'Null until it is decided whether the balance and the stock suffice.',
      examples: [null],
    }),
  })
  .meta({ id: 'RequestedRedemption' });

/** What a request answers; until the decision, `outcome` is null. */
export type RequestAnswer = Readonly<z.infer<typeof requestedRedemptionAnswer>>;

export const redemptionCommandAnswer = z.strictObject({ redemptionId: idAnswer, ...commandAnswer }).meta({
  id: 'RedemptionCommand',
  description: 'The word of an operator on a redemption, and what came of it where the caller waited.',
});
