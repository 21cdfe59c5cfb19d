import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { inOrder, weights } from '../../tests/support/histories.ts';
import {
  type InvitedStep,
  invite,
  invitedLives,
  invitedOrders,
  invitedStanding,
  takeInvited,
} from '../../tests/support/invitations.ts';
import { at, useActivities } from '../../tests/support/play.ts';

/** An invitation and its signup come to the same, whichever is decided first, and once the wait is over. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function played(steps: readonly InvitedStep[]) {
  const invited = await invite(database, activities);
  for (const step of steps) await takeInvited(invited, step);
  return await invitedStanding(invited);
}

const issue: InvitedStep = { what: 'issue' };
const expire: InvitedStep = { what: 'expire' };
const publish: InvitedStep = { what: 'publish' };
const signUp = (day: number): InvitedStep => ({ what: 'sign_up', day });
const buy = (day: number): InvitedStep => ({ what: 'buy', day });

const ORDERS: readonly (readonly [string, (...more: InvitedStep[]) => InvitedStep[]])[] = [
  ['after its issue is decided', (...more) => [issue, ...more]],
  ['before its issue is decided', (first, ...more) => [...(first ? [first] : []), issue, ...more]],
  ['after the wait for it has ended', (...more) => [issue, expire, ...more]],
  ['after its issue, and a policy after that', (...more) => [issue, publish, ...more]],
  ['before its issue is decided, and after a later policy', (...more) => [publish, ...more, issue]],
  ['before its issue, which a later policy overtakes', (...more) => [...more, publish, issue]],
  ['after its issue, which a later policy overtakes', (...more) => [publish, issue, ...more]],
  ['after the wait for it and a later policy', (...more) => [publish, issue, expire, ...more]],
];

test.each(ORDERS)('a signup in time answers the invitation by its policy, %s', async (_order, order) => {
  expect(await played([...order(signUp(9)), buy(9.5)])).toMatchObject({
    stage: 'rewarded',
    reason: null,
    policyVersion: 1,
    issuedAt: at(0),
    signedUpAt: at(9),
    isOver: false,
    count: 1,
    signups: [{ decision: 'accepted' }],
    balances: [[{ available_minor: 200n }], [{ available_minor: 100n }]],
  });
});

test.each(ORDERS)('a signup that is out of time is refused alike, %s', async (_order, order) => {
  const steps = order(signUp(10));
  expect(await played(steps.includes(expire) ? steps : [...steps, expire])).toMatchObject({
    stage: 'expired',
    reason: 'time ran out in stage invited',
    policyVersion: 1,
    issuedAt: at(0),
    signedUpAt: null,
    isOver: true,
    count: 0,
    signups: [
      {
        decision: 'refused',
        code: 'link_expired',
        message: 'The link had expired when the signup happened.',
      },
    ],
    balances: [[], []],
  });
});

test('in any order an invitation, its end, a policy, its signup and purchases come to the same', async () => {
  await fc.assert(
    fc.asyncProperty(invitedLives, weights, weights, async (steps, one, other) => {
      const first = await played(inOrder(invitedOrders(steps), one));
      expect(await played(inOrder(invitedOrders(steps), other))).toEqual(first);
    }),
    { numRuns: 40, endOnFailure: true },
  );
}, 400_000);

test('an invitation that an operator has cancelled takes no signup, though that was in time', async () => {
  const invited = await invite(database, activities);
  const { program, id: referralId } = invited;
  await takeInvited(invited, issue);
  await takeInvited(invited, expire);
  await program.cancel('bob', { referralId });
  const signup = await takeInvited(invited, signUp(9));
  expect(signup?.outcome).toMatchObject({ code: 'link_expired', message: 'The invitation has ended.' });
  expect(await invitedStanding(invited)).toMatchObject({ stage: 'rejected', reason: 'cancelled' });
});

test('a signup in time that has to be reviewed or is denied ends the same after the wait', async () => {
  const ends = async (email: string, steps: readonly InvitedStep[]) => {
    const invited = await invite(database, activities);
    const { program, id: referralId, code } = invited;
    for (const step of steps) await takeInvited(invited, step);
    await program.signUp('bob', { code, email }, { at: at(9), referralId, now_ms: at(20).getTime() });
    const { stage, isOver } = await invitedStanding(invited);
    return { stage, isOver };
  };
  for (const email of ['bob@bob.example', 'bob@mailinator.com']) {
    expect(await ends(email, [issue, expire])).toEqual(await ends(email, [issue]));
  }
  expect(await ends('bob@mailinator.com', [issue, expire])).toEqual({ stage: 'in_review', isOver: false });
});
