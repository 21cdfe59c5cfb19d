import { ApplicationFailure } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import type { Activities } from '../../activities/create.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { pumpInto, useEngine } from '../../tests/support/engine.ts';
import { outcomeOf, until } from '../../tests/support/hand-over.ts';
import { pointRule, pointsPolicy } from '../../tests/support/points.ts';
import {
  type EventSeed,
  referralIdOf,
  seedEvent,
  seedMember,
  seedProgram,
  usd,
} from '../../tests/support/seed.ts';

const database = useDatabase({ poolMax: 20, isProved: true });
const engine = useEngine({ database, server: 'dev', pump: false });

const spend = pointRule({
  id: 'spend',
  event: 'purchase',
  award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
});

/** A program with points, and Bob, whom nobody brought: 7 points come, go and come back, and then 3 come. */
async function open() {
  const { db } = database;
  const programId = await seedProgram(db, pointsPolicy({ rules: [spend] }));
  const ann = await seedMember(db, programId, 'ann');
  await seedMember(db, programId, 'bob');
  const keep = (event: EventSeed) => seedEvent(db, programId, { subject: 'bob', ...event });
  const signUp = (code?: string) => keep({ type: 'signup', payload: code === undefined ? {} : { code } });
  const act = async () => [
    await keep({ type: 'purchase', key: 'o1', value: usd(700n) }),
    await keep({ type: 'refund', key: 'r1', refundOf: 'o1' }),
    await keep({ type: 'refund', key: 'r2', refundOf: 'r1' }),
    await keep({ type: 'purchase', key: 'o2', value: usd(300n) }),
  ];
  const points = async () => {
    const row = await db.memberPoints.findFirst({ where: { programId, member: { externalId: 'bob' } } });
    return Number(row?.lifetimeMinor ?? 0n);
  };
  const connection = engine.env.nativeConnection as NativeConnection;
  return {
    ...{ db, programId, ann, signUp, act },
    pump: (wrapped: Partial<Activities> = {}) =>
      pumpInto(database, connection, { ...engine.activities, ...wrapped }),
    reaches: (total: number) => until(`${total} points`, async () => (await points()) === total),
    settled: () =>
      until('all to be decided', async () => {
        return (await db.event.count({ where: { programId, state: { not: 'decided' } } })) === 0;
      }),
    codes: async (events: readonly { readonly id: string }[]) =>
      await Promise.all(events.map(async ({ id }) => (await outcomeOf(db, id)).code)),
  };
}

const NONE = Array<string>(4).fill('not_referred');

/** What is asked of the activities, by the number of events. */
function counted(failing: boolean) {
  const calls: number[] = [];
  let left = failing ? 1 : 0;
  const keepUnreferred: Activities['keepUnreferred'] = async (ref) => {
    calls.push(ref.eventIds.length);
    const isDecided = await engine.activities.keepUnreferred(ref);
    left -= 1;
    // As if the process had ended right after the transaction: nobody says so.
    if (left >= 0) throw ApplicationFailure.retryable('killed', 'Unavailable');
    return isDecided;
  };
  return { calls, keepUnreferred };
}

test.each([false, true])(
  'what comes along with a signup of nobody’s is refused at once, killed after it: %s',
  async (isKilled) => {
    const { signUp, act, pump, codes, reaches, settled } = await open();
    const signup = await signUp();
    const events = await act();
    const { calls, keepUnreferred } = counted(isKilled);
    const running = pump({ keepUnreferred });
    expect(await codes([signup])).toEqual(['no_attribution']);
    expect(await codes(events)).toEqual(NONE);
    await settled();
    await reaches(10);
    await running.stop();
    expect(calls).toEqual(isKilled ? [4, 4] : [4]);
  },
);

test('where no try decides them together, each is decided alone, and its points count once', async () => {
  const { signUp, act, pump, codes, reaches, settled } = await open();
  const events = [await signUp(), ...(await act())].slice(1);
  const running = pump({
    keepUnreferred: () => Promise.reject(ApplicationFailure.nonRetryable('this never works', 'Bug')),
  });
  expect(await codes(events)).toEqual(NONE);
  await settled();
  await reaches(10);
  await running.stop();
});

test('together nothing is decided where there is a referral', async () => {
  const { db, programId, ann, signUp, act } = await open();
  const signup = await signUp(ann.code);
  const referralId = referralIdOf(programId, 'bob');
  const ref = () => ({ programId, referralId, now_ms: Date.now() });
  await engine.activities.keepReferralEvent({ ...ref(), eventId: signup.id, type: 'signup' });
  const eventIds = (await act()).map(({ id }) => id);
  expect(await engine.activities.keepUnreferred({ ...ref(), eventIds })).toBe(false);
  expect(await db.event.count({ where: { programId, state: 'decided' } })).toBe(1);
});

test('what comes while the member’s signup is open waits for it', async () => {
  const { db, programId, signUp, act } = await open();
  await signUp();
  const eventIds = (await act()).map(({ id }) => id);
  const ref = { programId, referralId: referralIdOf(programId, 'bob'), now_ms: Date.now(), eventIds };
  expect(await engine.activities.keepUnreferred(ref)).toBe(true);
  const waiting = await db.event.findMany({ where: { programId, reason: 'waits_for_signup' } });
  expect(waiting.map(({ id }) => id).sort()).toEqual([...eventIds].sort());
});
