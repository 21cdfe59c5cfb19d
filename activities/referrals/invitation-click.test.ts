import { beforeEach, expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { seedInvitation } from '../../tests/support/invitations.ts';
import {
  at,
  type Decided,
  type ProgramPlay,
  playProgram,
  T0,
  useActivities,
} from '../../tests/support/play.ts';
import { fixedPolicy, referralIdOf, type SeededMember } from '../../tests/support/seed.ts';

/** A signup answers the invitation on whose link its member clicked, though it names no code. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);
let program: ProgramPlay;
let ann: SeededMember;
let invitation: Awaited<ReturnType<typeof seedInvitation>>;

beforeEach(async () => {
  program = await playProgram(database, activities, fixedPolicy(500n, 30));
  ann = await program.member('ann');
  invitation = await seedInvitation(program.db, program.id, ann, T0);
});

async function click(linkId: string, days: number) {
  const touch = { id: crypto.randomUUID(), visitorId: crypto.randomUUID() };
  await program.db.touch.create({ data: { programId: program.id, ...touch, linkId, occurredAt: at(days) } });
  return touch;
}

/** Decides a signup where it was sent, as the pump does. */
const follow = (signup: Decided, referralId: string) =>
  activities.signUp({
    programId: program.id,
    referralId,
    eventId: signup.id,
    now_ms: at(2).getTime(),
  });

const stored = ({ id }: Decided) => program.db.event.findFirstOrThrow({ where: { id } });

const referralsOf = () =>
  program.db.referral.findMany({
    where: { programId: program.id },
    select: {
      id: true,
      linkId: true,
      stage: true,
      referrerId: true,
      referred: { select: { externalId: true } },
    },
  });

test.each([
  ['the click', ({ id }: { id: string }) => ({ clickId: id })],
  ['the visitor', ({ visitorId }: { visitorId: string }) => ({ visitorId })],
])('a signup that %s leads to an invitation is sent to its referral, and answers it', async (_by, named) => {
  const signup = await program.signUp('bob', named(await click(invitation.id, 1)), { at: at(2) });
  expect(signup).toMatchObject({ state: 'waiting', snapshot: { stage: null } });
  expect(await stored(signup)).toMatchObject({
    reason: 'waits_for_invitation',
    workflowId: `referral-${invitation.id}`,
  });
  expect(await referralsOf()).toEqual([]);
  await follow(signup, invitation.id);
  await follow(signup, invitation.id);
  expect(await referralsOf()).toEqual([
    {
      id: invitation.id,
      linkId: invitation.id,
      stage: 'signed_up',
      referrerId: ann.id,
      referred: { externalId: 'bob' },
    },
  ]);
});

test('a used invitation credits no click on it to its owner, and an earlier click wins', async () => {
  await program.signUp('cat', { code: invitation.code }, { referralId: invitation.id, at: at(1) });
  const { id: clickId } = await click(invitation.id, 1);
  const alone = await program.signUp('dan', { clickId }, { at: at(2) });
  expect(alone.outcome).toMatchObject({ decision: 'refused', code: 'invitation_used' });
  const { visitorId } = await click(ann.linkId, 1);
  const other = await program.signUp('bob', { clickId, visitorId }, { at: at(2) });
  expect(other.outcome).toMatchObject({
    decision: 'accepted',
    referralId: referralIdOf(program.id, 'bob'),
    trace: {
      attributed_by: 'visitor',
      considered: [{ by: 'click', rejected_because: 'invitation_used' }, {}],
    },
  });
});

test('a signup whose invitation was used on the way goes back, and takes over nothing', async () => {
  const { id: clickId, visitorId } = await click(invitation.id, 1);
  await program.db.touch.create({
    data: {
      programId: program.id,
      id: crypto.randomUUID(),
      linkId: ann.linkId,
      visitorId,
      occurredAt: at(0),
    },
  });
  const bob = await program.signUp('bob', { clickId, visitorId }, { at: at(2) });
  await program.signUp('cat', { code: invitation.code }, { referralId: invitation.id, at: at(1) });
  await follow(bob, invitation.id);
  const own = referralIdOf(program.id, 'bob');
  expect(await stored(bob)).toMatchObject({ state: 'waiting', workflowId: `referral-${own}` });
  await follow(bob, own);
  const byMember = (await referralsOf()).map(({ id, referred }) => [referred?.externalId, id]).sort();
  expect(byMember).toEqual([
    ['bob', own],
    ['cat', invitation.id],
  ]);
});

test('what came along with a signup that was sent on waits, and goes where the member is', async () => {
  const { id: clickId } = await click(invitation.id, 1);
  const signup = await program.signUp('bob', { clickId }, { at: at(2) });
  const early = await program.act('bob', { at: at(3) });
  expect(early.state).toBe('waiting');
  await follow(signup, invitation.id);
  const late = await program.act('bob', { at: at(4) });
  expect(late.state).toBe('waiting');
  expect(await stored(late)).toMatchObject({ reason: 'waits_for_signup', workflowId: null });
});
