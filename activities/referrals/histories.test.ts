import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { numberedPolicies } from '../../tests/support/numbered.ts';
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

const policies = fc.oneof(fc.constant(EVERY_RULE), numberedPolicies(EVERY_RULE));

test('whatever comes and goes back, all have what the facts that stand bring from the start', async () => {
  await fc.assert(
    fc.asyncProperty(turns, policies, async (history, policy) => {
      const played = await playProgram(database, activities, policy);
      const facts = await playHistory(played, history);
      const told = await playProgram(database, activities, policy);
      await tellFacts(told, facts);
      expect(await standingOf(played)).toEqual(await standingOf(told));
    }),
    { numRuns: 8 },
  );
}, 120_000);
