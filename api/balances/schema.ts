import { z } from 'zod';
import { moneyAnswer } from '../trpc/answers.ts';

const unit = z.string().meta({ examples: ['USD'] });

export const balanceAnswer = z
  .strictObject({
    unit,
    pending: moneyAnswer.meta({ description: 'On hold.' }),
    available: moneyAnswer.meta({ description: 'To be redeemed.' }),
    reserved: moneyAnswer.meta({ description: 'In a redemption under way.' }),
    owed: moneyAnswer.meta({
      examples: [{ minor: '0', unit: 'USD' }],
      description:
        'Zero, or below zero when a clawback found too little; later rewards are netted against it.',
    }),
  })
  .meta({ id: 'Balance', description: 'What a member has in one unit.' });

export const budgetAnswer = z
  .strictObject({
    unit,
    cap: moneyAnswer.nullable().meta({ description: 'The most that may be granted; null: no limit.' }),
    spent: moneyAnswer.meta({ description: 'What was granted, net of what was taken back.' }),
  })
  .meta({ id: 'Budget', description: 'What a program grants in one unit.' });
