import { z } from 'zod';
import { RewardSource } from '../../prisma/generated/client.ts';
import { commandAnswer } from '../events/schema.ts';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';
import { moneyInput } from '../trpc/schemas.ts';

/** Text that members read, such as the name of a badge, a perk or a milestone. */
export const labelInput = z.string().trim().min(1).max(200);

export const badgeInput = z
  .strictObject({ kind: z.literal('badge'), label: labelInput })
  .meta({ id: 'BadgeBenefit' });
export const perkInput = z
  .strictObject({ kind: z.literal('perk'), label: labelInput })
  .meta({ id: 'PerkBenefit' });
export const fixedInput = z
  .strictObject({ kind: z.literal('fixed'), amount: moneyInput })
  .meta({ id: 'FixedBenefit' });

export const rewardKind = z.enum(['credit', 'badge', 'perk']);
export const rewardSource = z.enum(Object.values(RewardSource));
export const rewardStatus = z.enum(['held', 'available', 'reversed']);

export const rewardAnswer = z
  .strictObject({
    id: idAnswer,
    source: rewardSource.meta({ description: 'What granted it.', examples: ['referral'] }),
    referralId: idAnswer.nullable().meta({ description: 'Null where no referral granted it.' }),
    memberId: idAnswer,
    eventId: idAnswer.nullable().meta({ description: 'The event that earned it; null where no event did.' }),
    ruleId: z.string().meta({
      description: 'The rule of the policy; of other sources, what granted it, such as a milestone.',
      examples: ['thank-the-referrer'],
    }),
    policyVersion: z.number().int(),
    kind: rewardKind.meta({ examples: ['credit'] }),
    label: z
      .string()
      .nullable()
      .meta({ description: 'The name of a badge or a perk; null for credit.', examples: [null] }),
    amount: moneyAnswer.nullable().meta({ description: 'Null for a badge or a perk.' }),
    reversed: moneyAnswer.nullable().meta({
      description: 'How much of the amount was taken back; null for a badge or a perk.',
      examples: [{ minor: '0', unit: 'USD' }],
    }),
    status: rewardStatus.meta({
      examples: ['held'],
      description: 'held: a refund may still take it back. available: matured. reversed: taken back.',
    }),
    heldBy: idAnswer.nullable().meta({
      description: 'The command by which an operator keeps it from maturing; null: none does.',
      examples: [null],
    }),
    takenBackBy: idAnswer.nullable().meta({
      description: 'The command by which an operator took it back; null: none did.',
      examples: [null],
    }),
    grantedAt: timeAnswer,
    maturesAt: timeAnswer.meta({ description: 'The end of the hold.' }),
    expiresAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Reward', description: 'What a member got: credit, a badge or a perk.' });

export const rewardCommandAnswer = z.strictObject({ rewardId: idAnswer, ...commandAnswer }).meta({
  id: 'RewardCommand',
  description: 'The word of an operator on a reward, and what came of it where the caller waited.',
});
