import { z } from 'zod';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { futureInstant, name } from '../trpc/schemas.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';

const slugExamples = { examples: ['summer-sale'] };
const campaignMeta = { description: 'A name of the host’s, to tell links apart.', examples: ['summer'] };
const destinationExamples = { examples: ['https://shop.example/sale'] };

/** The member whose link it is. */
export const LINK_OWNER = { ...MEMBER, about: 'The member whose link it is.' };

/** What shared and personal links take alike. */
export const linkFields = {
  campaign: name.optional().meta(campaignMeta),
  destination: z
    .string()
    .max(2_048)
    .optional()
    .meta({
      description: 'On one of the program’s allowed hosts; left out: the program’s default.',
      ...destinationExamples,
    }),
};

export const createLinkInput = oneMember(LINK_OWNER, {
  slug: z
    .string()
    .max(200)
    .optional()
    .meta({
      description:
        'A vanity slug, which becomes the code: 3 to 50 of a–z, 0–9 and dashes, none at either end; ' +
        'capitals are lowered. Left out, a code is drawn.',
      ...slugExamples,
    }),
  campaign: linkFields.campaign,
  destination: linkFields.destination,
  expiresAt: futureInstant.optional().meta({ description: 'Left out: never.' }),
});

export const linkAnswer = z
  .strictObject({
    id: idAnswer,
    memberId: idAnswer,
    code: z.string().meta({
      description: 'Unique over all programs; signups may send it.',
      ...slugExamples,
    }),
    url: z.string().meta({
      description: 'The address that the member shares.',
      examples: ['https://go.shop.example/r/summer-sale'],
    }),
    kind: z.enum(['shared', 'personal']).meta({
      description: '`shared` is good for any number of signups, `personal` for one.',
      examples: ['shared'],
    }),
    status: z.enum(['active', 'disabled']).meta({ examples: ['active'] }),
    campaign: z.string().nullable().meta({ examples: campaignMeta.examples }),
    destination: z
      .string()
      .nullable()
      .meta({ description: 'Null: the program’s default.', ...destinationExamples }),
    expiresAt: timeAnswer.nullable().meta({ description: 'Null: never.' }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Link', description: 'An address that a member shares; signups through it are theirs.' });
