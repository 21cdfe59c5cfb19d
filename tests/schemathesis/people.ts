import { newId } from '../../platform/ids.ts';
import type { TestApi } from '../api/harness.ts';
import { seedReferral } from '../api/seed.ts';
import { until } from '../support/hand-over.ts';
import { seedSeason } from '../support/leaderboards.ts';
import { seedSurvey } from '../support/surveys.ts';
import { type Answered, type Call, inHours, type Part } from './part.ts';

/** A friend who signed up and bought, one for each verdict of a review, and an event without a signup. */
export async function friends(api: TestApi, call: Call, ann: Answered): Promise<Part> {
  const { programId, db } = api;
  const signup = { key: 'signup-1', type: 'signup', subject: 'friend', code: ann['referralCode'] };
  await call('POST', '/events', signup);
  const value = { minor: '1000', unit: 'USD' };
  const bought = await call('POST', '/events', {
    key: 'order-1',
    type: 'purchase',
    subject: 'friend',
    value,
  });
  const lost = await call('POST', '/events', {
    key: 'order-2',
    type: 'purchase',
    subject: 'nobody',
    value,
    wait_ms: 0,
  });
  const parked = { state: 'parked', reason: 'poison' } as const;
  await db.event.updateMany({ where: { id: lost['eventId'] }, data: parked });
  const { referralId, rewards } = bought['outcome'];
  const [toApprove, toReject] = [
    await seedReferral(api, programId, 'in_review'),
    await seedReferral(api, programId, 'in_review'),
  ];
  const gift = { direction: 'add', amount: { minor: '500', unit: 'PTS' }, note: 'A gift.' };
  const adjusted = await call('POST', `/members/${ann['id']}/points/adjust`, gift);
  const { link, referralId: invited } = await call('POST', '/invitations', { memberId: ann['id'] });
  return {
    fields: { milestoneId: 'pair' },
    ids: {
      events: bought['eventId'],
      referrals: referralId,
      rewards: rewards[0].rewardId,
      points: adjusted.id,
      links: link.id,
      invitations: invited,
    },
    own: {
      getEventByKey: { key: 'order-1' },
      explainEventByKey: { key: 'order-1' },
      retryEvent: { id: lost['eventId'] },
      approveReferral: { id: toApprove.referralId },
      rejectReferral: { id: toReject.referralId },
      ...(await byHand(api, call, ann['id'])),
      ...(await leavers(api, call)),
      disableLink: { id: (await call('POST', '/links', { memberId: ann['id'] })).id },
    },
  };
}

/** What operators correct by hand: each has a thing of its own, since most can be done to it once. */
async function byHand(api: TestApi, call: Call, memberId: string): Promise<Part['own']> {
  const note = 'By hand.';
  const gift = { benefit: { kind: 'perk', label: 'A hat' }, note, hold_days: 30 };
  const give = async () => (await call('POST', `/members/${memberId}/rewards`, gift))['rewardId'];
  const [wrong, held, freed] = [await give(), await give(), await give()];
  await call('POST', `/rewards/${freed}/hold`, { note });
  const [cancelled, moved] = [
    await seedReferral(api, api.programId, 'signed_up'),
    await seedReferral(api, api.programId, 'signed_up'),
  ];
  const [one, other] = [await refused(api), await refused(api)];
  await call('POST', '/events', { key: 'signup-stray', type: 'signup', subject: 'stray', code: 'nosuch2' });
  return {
    grantReward: { memberId, ...gift },
    grantRefusedReward: { id: one, note },
    grantRefusedRewards: { ids: [other], note },
    takeBackReward: { id: wrong, note },
    holdReward: { id: held, note },
    releaseReward: { id: freed, note },
    cancelReferral: { id: cancelled.referralId, note },
    moveReferral: { id: moved.referralId, referrerId: memberId, note },
    attributeReferral: { externalId: 'stray', referrerId: memberId, note },
  };
}

/** A reward for a referral, without room in the budget. */
async function refused(api: TestApi): Promise<string> {
  const { db, programId } = api;
  const id = newId();
  const { referralId, referrerId: memberId, eventId } = await seedReferral(api, programId);
  const qualified = { qualifyingEventId: eventId };
  await db.referral.updateMany({ where: { programId, id: referralId }, data: qualified });
  await db.refusedReward.create({
    data: {
      programId,
      id,
      key: `reward:refused:${id}`,
      referralId,
      memberId,
      eventId,
      ruleId: 'thanks',
      policyVersion: 2,
      unit: 'USD',
      amountMinor: 500n,
      occurredAt: new Date(),
      refusedAt: new Date(),
      trace: {},
    },
  });
  return id;
}

/** One who is to be erased, one who is being erased, and the address of one who was. */
async function leavers({ programId, db }: TestApi, call: Call): Promise<Part['own']> {
  const [leaves, left] = [
    await call('PUT', '/members', { externalId: 'leaves' }),
    await call('PUT', '/members', { externalId: 'left' }),
  ];
  const erasure = { programId, memberId: left.id, eventId: newId(), badges: 'revoke', begunAt: new Date() };
  await db.erasure.create({ data: erasure });
  return {
    eraseMember: { id: leaves.id, reason: 'request' },
    getMemberErasure: { id: left.id },
    readmitMember: { email: 'left@mail.example' },
  };
}

/** Two badges that were earned, one of them issued. */
export async function badges(api: TestApi, call: Call, memberId: string): Promise<Part> {
  const label = 'connector';
  const badge = { label, name: 'Connector', description: 'Brought a friend.', criteria: 'One.' };
  await call('PUT', '/badges/definitions', badge);
  const [rewardId, other] = [
    await badgeReward(api, memberId, label),
    await badgeReward(api, memberId, label),
  ];
  const issued = await call('POST', '/badges', { rewardId });
  return {
    fields: { rewardId },
    ids: { badges: issued.id },
    own: { revokeReward: { id: other } },
  };
}

async function badgeReward({ db, programId }: TestApi, memberId: string, label: string): Promise<string> {
  const [id, at] = [newId(), new Date()];
  await db.reward.create({
    data: {
      programId,
      id,
      memberId,
      label,
      key: `reward:badge:${id}`,
      kind: 'badge',
      source: 'milestone',
      ruleId: 'first',
      policyVersion: 2,
      status: 'available',
      grantedAt: at,
      maturesAt: at,
      trace: {},
    },
  });
  return id;
}

/** The ranking that is now. */
const NOW = { window: undefined, seasonId: undefined };

/** A leaderboard by the month, and one of seasons, one of them over. */
export async function boards({ db, programId }: TestApi, call: Call): Promise<Part> {
  const metric = 'qualified_referrals';
  const monthly = await call('POST', '/leaderboards', {
    slug: 'best',
    name: 'Best',
    metric,
    period: 'month',
  });
  const cup = await call('POST', '/leaderboards', { slug: 'cup', name: 'Cup', metric, period: 'season' });
  const span = { startsAt: new Date(inHours(-2)), endsAt: new Date(inHours(-1)) };
  const seasonId = await seedSeason(db, programId, cup.id, span);
  const closed = { closedAt: new Date(), frozenAt: new Date() };
  await db.boardWindow.updateMany({ where: { programId, id: seasonId }, data: closed });
  return {
    fields: { boardId: monthly.id, seasonId, startsAt: inHours(3), endsAt: inHours(4) },
    own: {
      createSeason: { boardId: cup.id },
      listSeasons: { boardId: cup.id },
      getLeaderboardAround: NOW,
      explainStanding: NOW,
    },
  };
}

/** An open survey, an answered one of an unhappy member, and a notice whose e-mail failed. */
export async function voices({ db, programId }: TestApi, call: Call, memberId: string): Promise<Part> {
  const ask = () => seedSurvey(db, programId, memberId, { policyVersion: 2 });
  const [open, answered, toCancel] = [await ask(), await ask(), await ask()];
  await call('POST', `/surveys/${answered}/answer`, { memberId, answers: { nps: 2, comment: 'Slow.' } });
  const made = { title: 'Faster', description: 'Within a day.', surveyIds: [answered] };
  const improvement = await call('POST', '/improvements', made);
  const { noticeId } = await until('a notice', () => db.noticeEmail.findFirst({ where: { programId } }));
  await db.noticeEmail.updateMany({ where: { noticeId }, data: { state: 'failed', reason: 'x' } });
  return {
    fields: { noticeId, surveyIds: [answered], improvementId: improvement.id },
    ids: { surveys: open },
    own: { handleDetractor: { id: answered }, cancelSurvey: { id: toCancel } },
  };
}

/** People who operate the program, one more whom it has invited, and one who may make programs. */
export async function operators(api: TestApi): Promise<Part> {
  const user = async (email: string) => {
    const data = { id: newId(), name: 'Somebody', email, emailVerified: true };
    return await api.db.user.create({ data, select: { id: true } });
  };
  const { programId } = api;
  const [changed, removed] = [await user('changed@mail.example'), await user('removed@mail.example')];
  await user('founder@mail.example');
  const role = 'analyst';
  await api.db.operator.createMany({
    data: [changed, removed].map(({ id: userId }) => ({ programId, userId, role })),
  });
  const invitation = await api.mutate(
    'operators.invite',
    { email: 'invited@mail.example', role },
    {
      key: api.platformKey,
      headers: { 'x-program-id': programId },
    },
  );
  return {
    own: {
      inviteOperator: { email: 'another@mail.example', role },
      revokeOperatorInvitation: { id: invitation.data.id },
      setOperatorRole: { userId: changed.id, role: 'support' },
      removeOperator: { userId: removed.id },
      setFounder: { email: 'founder@mail.example' },
    },
  };
}
