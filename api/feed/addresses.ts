import type { Meta } from '../trpc/builder.ts';
import { memberFeedAnswer, memberFeedInput, programFeedAnswer, programFeedInput } from './schema.ts';

/** A stream of the REST API, said as procedures say themselves. It answers server-sent events. */
export interface FeedAddress extends Pick<Meta, 'rest' | 'doc'> {
  readonly input: typeof programFeedInput | typeof memberFeedInput;
  /** What the data of an event holds. */
  readonly output: typeof programFeedAnswer | typeof memberFeedAnswer;
}

const HOW =
  'Server-sent events: `event` is the type, `data` the message, `id` the place to go on from with ' +
  '`Last-Event-ID`. The event `position` says that everything before it has been sent. The stream ends ' +
  'after some minutes: come again. Refuses with `cursor_gone` a place that is too old, and with ' +
  '`too_many_streams`.';

/** By the names that metrics count refusals under. */
export const FEED_ADDRESSES: Readonly<Record<'feed.program' | 'feed.member', FeedAddress>> = {
  'feed.program': {
    rest: 'streamFeed GET /feed',
    doc: `Follows what happens in the program. ${HOW}`,
    input: programFeedInput,
    output: programFeedAnswer,
  },
  'feed.member': {
    rest: 'streamMemberFeed GET /programs/{programId}/me/feed',
    doc: `Follows what happens to the member. ${HOW}`,
    input: memberFeedInput,
    output: memberFeedAnswer,
  },
};
