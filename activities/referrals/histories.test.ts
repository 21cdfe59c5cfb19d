import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { playProgram, useActivities } from '../../tests/support/play.ts';
import {
  EVERY_RULE,
  playHistory,
  standingOf,
  tellFacts,
  turns,
} from '../../tests/support/referral-histories.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

test('whatever comes and goes back, all have what the facts that stand bring from the start', async () => {
  await fc.assert(
    fc.asyncProperty(turns, async (history) => {
      const played = await playProgram(database, activities, EVERY_RULE);
      const facts = await playHistory(played, history);
      const told = await playProgram(database, activities, EVERY_RULE);
      await tellFacts(told, facts);
      expect(await standingOf(played)).toEqual(await standingOf(told));
    }),
    { numRuns: 6 },
  );
}, 120_000);
