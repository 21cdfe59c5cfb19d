import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { inOrder, weights } from '../../tests/support/histories.ts';
import { numberedPolicies } from '../../tests/support/numbered.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import {
  type TimedStep,
  takeTimed,
  timedLives,
  timedOrders,
  timedPolicies,
  timedStanding,
} from '../../tests/support/timed.ts';

/** What is in time for a referral hangs on what happened, and not on what came first. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function played(steps: readonly TimedStep[], by: Policy) {
  const program = await playProgram(database, activities, by);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  for (const step of steps) await takeTimed(program, step);
  await program.mature('bob', at(200).getTime());
  await program.end('bob', at(300).getTime());
  return await timedStanding(program, ann.id);
}

test('in whatever order purchases and refunds come, the same are in time, and earn the same', async () => {
  await fc.assert(
    fc.asyncProperty(timedPolicies, timedLives, weights, weights, async (by, steps, one, other) => {
      const first = await played(inOrder(timedOrders(steps), one), by);
      expect(await played(inOrder(timedOrders(steps), other), by)).toEqual(first);
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 400_000);

test('the same holds where conditions ask for an event’s number', async () => {
  await fc.assert(
    fc.asyncProperty(
      timedPolicies.chain(numberedPolicies),
      timedLives,
      weights,
      weights,
      async (by, steps, one, other) => {
        const first = await played(inOrder(timedOrders(steps), one), by);
        expect(await played(inOrder(timedOrders(steps), other), by)).toEqual(first);
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
}, 400_000);
