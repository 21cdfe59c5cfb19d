import { z } from 'zod';
import { commandAnswer } from '../events/schema.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';

export const memberAnswer = z
  .strictObject({
    id: idAnswer,
    externalId: z.string().meta({ examples: ['user_42'] }),
    email: z
      .string()
      .nullable()
      .meta({
        description: 'Null where none is known, or the key lacks the scope `emails:read`.',
        examples: ['ann@example.com'],
      }),
    referralCode: z.string().meta({ examples: ['k7m2xq9a'] }),
    locale: z.string().meta({ examples: ['en'] }),
    timeZone: z
      .string()
      .nullable()
      .meta({ examples: ['Europe/Berlin'] }),
    displayName: z
      .string()
      .nullable()
      .meta({ description: 'What others see on leaderboards.', examples: ['Ann'] }),
    qualifiedReferrals: z.number().int(),
    blockedAt: timeAnswer
      .nullable()
      .meta({ description: 'Since when the member earns and redeems nothing; null: not blocked.' }),
    blockedReason: z
      .string()
      .nullable()
      .meta({ description: 'Why, as the operator said.', examples: ['Several accounts of one person.'] }),
    erasedAt: timeAnswer
      .nullable()
      .meta({ description: 'Since when nothing on record says who the member is; null: not erased.' }),
    signedUpAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Member', description: 'A person in a program: refers others, was referred, or both.' });

export const memberCommandAnswer = z.strictObject({ memberId: idAnswer, ...commandAnswer }).meta({
  id: 'MemberCommand',
  description: 'The word of an operator on a member, and what came of it where the caller waited.',
});

export const mergeAnswer = z
  .strictObject({
    memberId: idAnswer.meta({ description: 'The account that goes.' }),
    intoMemberId: idAnswer.meta({
      description: 'The account that stays, to which the one that was named leads.',
    }),
    reversible: z.literal(false).meta({ description: 'A merge cannot be undone.' }),
    ...commandAnswer,
  })
  .meta({
    id: 'MemberMerge',
    description: 'The word of an operator that two accounts are one, and what came of it where they waited.',
  });
