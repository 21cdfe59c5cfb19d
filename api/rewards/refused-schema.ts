import { z } from 'zod';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';

/** How many refused rewards one request grants again. */
export const GRANTED_AGAIN_MAX = 100;

const code = z.string().nullable();

export const refusedRewardAnswer = z
  .strictObject({
    id: idAnswer,
    referralId: idAnswer,
    memberId: idAnswer.meta({ description: 'Who would have had it.' }),
    eventId: idAnswer.meta({
      description: 'The event that earned it: an action, a signup, or the move of the referral.',
    }),
    ruleId: z.string().meta({ examples: ['thank-the-referrer'] }),
    policyVersion: z.number().int(),
    amount: moneyAnswer.meta({ description: 'What had no room in the budget of its unit.' }),
    partOf: idAnswer.nullable().meta({
      description: 'The reward of which a part was to come back; null: the reward itself was refused.',
      examples: [null],
    }),
    occurredAt: timeAnswer.meta({ description: 'The time of its event, from which its hold counts.' }),
    refusedAt: timeAnswer.meta({ description: 'When the budget refused it last.' }),
    status: z.enum(['open', 'granted', 'lapsed']).meta({
      description:
        'open: it is earned, and not granted. granted: it was granted since. lapsed: it is not earned at ' +
        'present, and `code` says why.',
      examples: ['open'],
    }),
    code: code.meta({
      description:
        'Why it cannot be granted now: `budget_exhausted`, or what `rewards.grantAgain` refuses with; ' +
        'null: it can.',
      examples: [null],
    }),
    due: moneyAnswer.nullable().meta({
      description: 'What the member gets by it now, less refunds; null unless `open`.',
    }),
    rewardId: idAnswer.nullable().meta({
      description: 'The reward that was granted since; null: none was.',
      examples: [null],
    }),
    budgetLeft: moneyAnswer.nullable().meta({
      description: 'What the budget of its unit has left; null: it has no limit.',
    }),
  })
  .meta({ id: 'RefusedReward', description: 'A reward that a rule granted and the budget had no room for.' });

const againAnswer = z
  .strictObject({
    id: idAnswer.meta({ description: 'The refused reward.' }),
    rewardId: idAnswer.nullable().meta({ description: 'The reward that it becomes; null: it is refused.' }),
    eventId: idAnswer.nullable().meta({ description: 'The command that grants it; null: none was sent.' }),
    code: code.meta({ description: 'Why no command was sent; null: one was.', examples: [null] }),
  })
  .meta({ id: 'GrantedAgain', description: 'What became of one of several refused rewards.' });

export const grantedAgainAnswer = z
  .strictObject({
    items: z.array(againAnswer).meta({ description: 'In the order of their events.' }),
  })
  .meta({ id: 'GrantedAgainList', description: 'What became of several refused rewards.' });
