import { Context } from '@temporalio/activity';

const BEAT_MS = 2_000;

/**
 * Lets an activity tell Temporal every two seconds that it is still at work, so that one whose worker died is
 * tried again within seconds instead of at the end of its time.
 */
export const beating =
  <I, O>(run: (input: I) => Promise<O>) =>
  async (input: I): Promise<O> => {
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat(), BEAT_MS);
    try {
      return await run(input);
    } finally {
      clearInterval(timer);
    }
  };
