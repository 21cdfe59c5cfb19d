import { z } from 'zod';
import { MEMBER_FEED_TYPES } from '../../domain/feed/member-view.ts';
import { MESSAGE_TYPES } from '../../domain/messages.ts';
import { mine } from '../me/input.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { anyMember, MEMBER } from '../trpc/which-member.ts';

/** Longer than any cursor that a feed gives. */
const CURSOR_LENGTH_MAX = 8_000;

const after = z
  .string()
  .min(1)
  .max(CURSOR_LENGTH_MAX)
  .optional()
  .meta({
    description:
      'The `id` of the last event that was read, where the header `Last-Event-ID` cannot be sent; the ' +
      'header goes before. Left out: what happens from now on.',
  });

const typesOf = (types: readonly string[]) =>
  z
    .array(z.enum(types as [string, ...string[]]))
    .max(types.length)
    .optional()
    .meta({ description: 'The types of messages to be told of; left out: all.' });

export const programFeedInput = anyMember([{ ...MEMBER, about: 'Only what concerns this member.' }], {
  after,
  types: typesOf(MESSAGE_TYPES),
});

export const memberFeedInput = z.strictObject({ ...mine, after, types: typesOf(MEMBER_FEED_TYPES) });

const shared = {
  id: idAnswer.meta({ description: 'The message’s, the same whenever it is read.' }),
  type: z.string().meta({ description: 'As the name of the event.', examples: ['reward.granted'] }),
  timestamp: timeAnswer.meta({ description: 'When it happened.' }),
  programId: idAnswer,
};
const data = z.custom<Readonly<Record<string, unknown>>>(() => true);

export const programFeedAnswer = z
  .strictObject({
    ...shared,
    subject: z.string().meta({ examples: ['referral:0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'] }),
    version: z
      .number()
      .int()
      .meta({ examples: [1] }),
    members: z
      .array(
        z
          .strictObject({ id: idAnswer, externalId: z.string().meta({ examples: ['user_42'] }) })
          .meta({ id: 'KnownMember' }),
      )
      .meta({ description: 'The members whom it concerns.' }),
    data: data.meta({ type: 'object', description: 'What `listWebhookTypes` says of the type.' }),
  })
  .meta({ id: 'FeedMessage', description: 'A message as webhooks have it, but for their `sequence`.' });

export const memberFeedAnswer = z
  .strictObject({
    ...shared,
    data: data.meta({ type: 'object', description: 'What the member may know of it: ids, amounts, names.' }),
  })
  .meta({ id: 'MyFeedMessage', description: 'Something that happened to the member.' });
