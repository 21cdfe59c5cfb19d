import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { seedInvitation } from '../../tests/support/invitations.ts';
import {
  at,
  DAY_MS,
  footprint,
  type ProgramPlay,
  playProgram,
  T0,
  T0_MS,
  useActivities,
} from '../../tests/support/play.ts';
import { fixedPolicy, type SeededMember } from '../../tests/support/seed.ts';

let program: ProgramPlay;
let ann: SeededMember;

const database = useDatabase();
const activities = useActivities(database);

beforeEach(async () => {
  program = await playProgram(database, activities, fixedPolicy(500n, 30));
  ann = await program.member('ann', 'ann@example.org');
});

/** Signs somebody up and expects a refusal that leaves no trace but the outcome. */
async function expectRefused(subject: string, payload: object, code: string) {
  const before = await footprint(program.db, program.id);
  const { outcome, state } = await program.signUp(subject, { ...payload });
  expect(outcome).toMatchObject({ decision: 'refused', code });
  expect(outcome.message).toMatch(/\w.*\.$/);
  expect(state).toBe('decided');
  expect(await footprint(program.db, program.id)).toEqual(before);
}

describe('a refused signup changes nothing', () => {
  test('when its code belongs to no link', () => expectRefused('bob', { code: 'nosuch2' }, 'code_unknown'));

  test('when its code is another program’s, and it is told like one that does not exist', async () => {
    const other = await playProgram(database, activities);
    const eve = await other.member('eve');
    await expectRefused('bob', { code: eve.code }, 'code_unknown');
    expect((await other.signUp('bob', { code: eve.code })).outcome.decision).toBe('accepted');
  });

  test('when the link had expired at the time of the signup', async () => {
    const where = { programId_id: { programId: program.id, id: ann.linkId } };
    await program.db.link.update({ where, data: { expiresAt: new Date(T0_MS - 1) } });
    await expectRefused('bob', { code: ann.code }, 'link_expired');
  });

  test('when the link is switched off', async () => {
    const where = { programId_id: { programId: program.id, id: ann.linkId } };
    await program.db.link.update({ where, data: { status: 'disabled' } });
    await expectRefused('bob', { code: ann.code }, 'link_inactive');
  });

  test('when members name their own code', () => expectRefused('ann', { code: ann.code }, 'self_referral'));

  test('when the member has been referred before, by whomever', async () => {
    const cat = await program.member('cat');
    await program.signUp('bob', { code: ann.code });
    await expectRefused('bob', { code: cat.code }, 'already_attributed');
    await expectRefused('bob', { code: ann.code }, 'already_attributed');
  });

  test('when the host says that the member is an existing customer', () =>
    expectRefused('bob', { code: ann.code, existingCustomer: true }, 'existing_customer'));

  test('when nothing leads to a referrer', () => expectRefused('bob', {}, 'no_attribution'));

  test('when its click is unknown and there is nothing else', () =>
    expectRefused('bob', { clickId: '019b0000-0000-7000-8000-000000000000' }, 'no_attribution'));

  test('when its code could not be read, whatever click came with it, and it says so', async () => {
    const clickId = await touch(ann.linkId, crypto.randomUUID(), at(-1));
    const details = { clickId, unreadable: ['code'] };
    await expectRefused('bob', details, 'code_unknown');
    expect((await program.signUp('bob', details)).outcome.unreadable).toEqual(['code']);
  });

  test('when the program takes no new referrals', async () => {
    await program.db.program.update({ where: { id: program.id }, data: { status: 'ended' } });
    await expectRefused('bob', { code: ann.code }, 'program_not_live');
  });
});

describe('a signup with a detail that could not be read is decided as with an unknown one', () => {
  test('a click id: the touches of the visitor attribute it', async () => {
    const visitorId = crypto.randomUUID();
    await touch(ann.linkId, visitorId, at(-1));
    const { snapshot, outcome } = await program.signUp('bob', { visitorId, unreadable: ['clickId'] });
    expect(snapshot).toMatchObject({ stage: 'signed_up', referrer_id: ann.id });
    expect(outcome).toMatchObject({
      decision: 'accepted',
      unreadable: ['clickId'],
      trace: { attributed_by: 'visitor', considered: [{ by: 'click', link_id: null }, { by: 'visitor' }] },
    });
  });

  test('visitor, network address and e-mail: fraud rules miss them, and none reads as clean', async () => {
    const unreadable = ['email', 'visitorId', 'ip'];
    const { outcome } = await program.signUp('bob', { code: ann.code, unreadable });
    const bare = await program.signUp('cat', { code: ann.code });
    const fraudOf = ({ trace }: { trace?: unknown }) => (trace as { fraud: { signals: object[] } }).fraud;
    expect(outcome).toMatchObject({ decision: 'accepted', unreadable });
    expect(fraudOf(outcome).signals).toEqual(fraudOf(bare.outcome).signals);
    expect(fraudOf(outcome).signals.map((it) => 'name' in it && it.name)).toContain('fact_missing');
    expect(bare.outcome).not.toHaveProperty('unreadable');
  });

  test('an e-mail that passed when it came in, and is none by the rules of today', async () => {
    const { outcome } = await program.signUp('bob', { code: ann.code, email: 'not an address' });
    expect(outcome).toMatchObject({ decision: 'accepted', unreadable: ['email'] });
    const where = { programId_externalId: { programId: program.id, externalId: 'bob' } };
    expect((await program.db.member.findUniqueOrThrow({ where })).email).toBeNull();
  });
});

async function touch(linkId: string, visitorId: string, when: Date): Promise<string> {
  const id = crypto.randomUUID();
  await program.db.touch.create({ data: { programId: program.id, id, linkId, visitorId, occurredAt: when } });
  return id;
}

test('the last click within the window attributes, and the others stay on record', async () => {
  const cat = await program.member('cat');
  const visitorId = crypto.randomUUID();
  await touch(ann.linkId, visitorId, at(-20));
  await touch(cat.linkId, visitorId, at(-10));
  const { snapshot, outcome } = await program.signUp('bob', { visitorId });
  expect(snapshot).toMatchObject({ stage: 'signed_up', referrer_id: cat.id });
  expect(outcome.trace).toMatchObject({
    attributed_by: 'visitor',
    considered: [{ referrer_id: cat.id }, { referrer_id: ann.id, rejected_because: 'outranked' }],
  });
});

test('a click older than the window is refused and one inside it is not', async () => {
  const visitorId = crypto.randomUUID();
  const clickId = await touch(ann.linkId, visitorId, at(-91));
  await expectRefused('bob', { clickId }, 'outside_window');
  const later = await touch(ann.linkId, visitorId, at(-89));
  expect((await program.signUp('bob', { clickId: later })).outcome.decision).toBe('accepted');
});

test('a member who was refused first can be referred later', async () => {
  await expectRefused('bob', { code: 'nosuch2' }, 'code_unknown');
  expect((await program.signUp('bob', { code: ann.code })).snapshot.stage).toBe('signed_up');
});

test('a referred member gets a link of their own and can refer in turn', async () => {
  await program.signUp('bob', { code: ann.code });
  const where = { programId_externalId: { programId: program.id, externalId: 'bob' } };
  const bob = await program.db.member.findUniqueOrThrow({ where, include: { links: true } });
  expect(bob.links).toMatchObject([{ kind: 'shared', code: bob.referralCode }]);
  expect((await program.signUp('cat', { code: bob.referralCode })).snapshot).toMatchObject({
    stage: 'signed_up',
    referrer_id: bob.id,
  });
});

test('a personal invitation is answered once, by its first signup, under its issue’s policy', async () => {
  const invitation = await seedInvitation(program.db, program.id, ann, T0);
  const ref = { programId: program.id, referralId: invitation.id, now_ms: T0_MS };
  const issued = await activities.issueInvitation({ ...ref, eventId: invitation.eventId });
  expect(issued).toMatchObject({ stage: 'invited', due_at_ms: T0_MS + 90 * DAY_MS });
  const answer = { referralId: invitation.id, at: at(1) };
  const bob = await program.signUp('bob', { code: invitation.code }, answer);
  expect(bob.snapshot).toMatchObject({ stage: 'signed_up', referrer_id: ann.id });
  const cat = await program.signUp('cat', { code: invitation.code }, answer);
  expect(cat.outcome).toMatchObject({ decision: 'refused', code: 'invitation_used' });
  expect(await program.db.referral.count({ where: { programId: program.id } })).toBe(1);
});

test('an invitation that has expired unused refuses a late signup', async () => {
  const invitation = await seedInvitation(program.db, program.id, ann, T0);
  const ref = { programId: program.id, referralId: invitation.id, now_ms: T0_MS };
  await activities.issueInvitation({ ...ref, eventId: invitation.eventId });
  const late_ms = T0_MS + 90 * DAY_MS;
  expect(await activities.endReferral({ ...ref, now_ms: late_ms })).toMatchObject({ stage: 'expired' });
  const { outcome } = await program.signUp(
    'bob',
    { code: invitation.code },
    { referralId: invitation.id, at: at(91) },
  );
  expect(outcome).toMatchObject({ decision: 'refused', code: 'link_expired' });
});
