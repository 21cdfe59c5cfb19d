import { expect, test } from 'vitest';
import { MESSAGE_TYPES, problemsOf } from '../../domain/messages.ts';
import { newId } from '../../platform/ids.ts';
import { useApi } from '../../tests/api/harness.ts';
import { seedInvitation } from '../../tests/support/invitations.ts';
import { seedBoard, seedSeason } from '../../tests/support/leaderboards.ts';
import { milestonePolicy, playMilestones, testMilestone } from '../../tests/support/milestones.ts';
import { at, playedProgram, playProgram, testActivities } from '../../tests/support/play.ts';
import { doAct, pointsPolicy } from '../../tests/support/points.ts';
import {
  fixedPolicy,
  publishPolicy,
  seedEvent,
  seedMember,
  seedRedemption,
  testPolicy,
  testRule,
  usd,
} from '../../tests/support/seed.ts';
import { NPS_SURVEY, seedSurvey } from '../../tests/support/surveys.ts';
import { startReceiver, status } from '../../tests/support/webhook-receiver.ts';

const api = useApi({ allowInternalWebhooks: true });
const activities = () => testActivities(api.database);
const ms = (days: number) => at(days).getTime();

/** Referrals that end in every way, with what they earn and what becomes of it. */
async function liveReferrals() {
  const rules = [
    testRule({ benefit: { kind: 'fixed', amount: usd(1_000n) }, hold_days: 5 }),
    testRule({ id: 'star', benefit: { kind: 'badge', label: 'star' } }),
  ];
  const { programId, db } = api;
  await publishPolicy(db, programId, testPolicy({ rules, surveys: [NPS_SURVEY] }), 99);
  const program = playedProgram(api.database, programId, activities());
  const ann = await program.member('ann', 'ann.lee@example.org');
  const invitation = await seedInvitation(db, programId, ann, at(0));
  const invited = { programId, referralId: invitation.id };
  await activities().issueInvitation({ ...invited, eventId: invitation.eventId, now_ms: ms(0) });
  await activities().endReferral({ ...invited, now_ms: ms(90) });
  await program.signUp('bob', { code: ann.code, email: 'bob.ray@mailinator.com' });
  await program.review('bob', 'approved');
  await program.act('bob', { value: usd(900n) });
  await program.correct('bob', 'held');
  await program.correct('bob', 'released');
  await program.move('bob', (await program.member('max')).id);
  await program.mature('bob', ms(5));
  await program.end('bob', ms(400));
  await program.signUp('cat', { code: ann.code, email: 'cat.ray@mailinator.com' });
  await program.review('cat', 'rejected');
  await program.signUp('dan', { code: ann.code });
  const purchase = await program.act('dan');
  const refund = await program.refund('dan', purchase.key, { at: at(1) });
  await program.refund('dan', refund.key, { at: at(1) });
  const words = { name: 'Star', description: 'Brought a friend', criteria: 'A friend bought something' };
  await db.badgeDefinition.create({ data: { programId, id: newId(), label: 'star', ...words } });
  await activities().issueBadges({ now_ms: ms(5) });
  const badge = await db.reward.findFirstOrThrow({
    where: { programId, kind: 'badge', status: 'available' },
  });
  await api.mutate('rewards.revoke', { id: badge.id });
}

/** Surveys that end in every way, and what their answers led to. */
async function askMembers() {
  const { db, programId } = api;
  const ask = async (name: string, days: number) => {
    const { id } = await seedMember(db, programId, name);
    const seed = { policyVersion: 99, status: 'scheduled', at: at(days) } as const;
    const ref = { programId, surveyId: await seedSurvey(db, programId, id, seed) };
    await activities().askSurvey({ ...ref, now_ms: ms(days) });
    return ref;
  };
  const silent = await ask('eve', 7);
  await activities().remindSurvey({ ...silent, now_ms: ms(10) });
  await activities().closeSurvey({ ...silent, now_ms: ms(17) });
  for (const nps of [2, 10]) {
    const ref = await ask(`says ${nps}`, 7);
    const payload = { answers: JSON.stringify({ nps }) };
    const { id: eventId } = await seedEvent(db, programId, { type: 'survey.answered', payload, at: at(8) });
    await activities().answerSurvey({ ...ref, eventId, now_ms: ms(8) });
    await api.mutate('surveys.improve', {
      title: 'Faster',
      description: 'It is.',
      surveyIds: [ref.surveyId],
    });
  }
}

/** Redemptions of every end. */
async function redeem() {
  const policy = fixedPolicy(1_000n, 0, {
    redemption: {
      min: usd(100n),
      auto_approve_max: usd(300n),
      approval_days: 14,
      methods: ['manual', 'account_credit'],
    },
  });
  const program = await playProgram(api.database, activities(), policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  await program.act('bob');
  const ask = async (minor: bigint) => {
    const { id, eventId } = await seedRedemption(api.db, program.id, ann.id, { minor });
    const ref = { programId: program.id, redemptionId: id, now_ms: ms(0) };
    await activities().reserveRedemption({ ...ref, eventId });
    return ref;
  };
  await ask(5_000n);
  const larger = await ask(400n);
  const { id: eventId } = await seedEvent(api.db, program.id, { type: 'redemption.rejected' });
  await activities().decideRedemption({ ...larger, eventId });
  const smaller = await ask(300n);
  const end = { ...smaller, reason: 'by hand', providerRef: null };
  await activities().finishRedemption({ ...end, step: 'escalate' });
  await activities().finishRedemption({
    ...(await ask(200n)),
    step: 'settle',
    reason: null,
    providerRef: 'p1',
  });
}

/** Points that are earned and taken back, with the level and the achievement that rest on them. */
async function scorePoints() {
  const pioneer = {
    id: 'pioneer',
    name: 'Pioneer',
    test: { kind: 'nth', event: 'contribution', count: 2 },
    benefit: { kind: 'badge', label: 'Pioneer' },
    repeatable: false,
  } as const;
  const program = await playProgram(api.database, activities(), pointsPolicy({ achievements: [pioneer] }));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  await doAct(program, ann, { key: 'first' });
  await doAct(program, ann, { key: 'second' });
  await doAct(program, ann, { type: 'refund', refundOf: 'second' });
}

/** A milestone that is reached and lost. */
async function reachMilestone() {
  const policy = milestonePolicy([testMilestone({ reversible: true })]);
  const play = await playMilestones(api.database, activities(), policy);
  await play.bring(2);
  await activities().awardMilestones({ ...play.ref, now_ms: ms(1) });
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  await activities().awardMilestones({ ...play.ref, now_ms: ms(1) });
}

/** A season with a prize, out of a budget that runs low and then out. */
async function spendBudget() {
  const program = await playProgram(api.database, activities(), fixedPolicy(100n, 0, { budget: usd(250n) }));
  const ann = await program.member('ann');
  const boardId = await seedBoard(api.db, program.id, 'season');
  const prize = { from_rank: 1, to_rank: 1, kind: 'badge', label: 'Champion', amount: null } as const;
  const season = { startsAt: at(0), endsAt: at(10), prizes: [prize] };
  const windowId = await seedSeason(api.db, program.id, boardId, season);
  for (const friend of ['b1', 'b2', 'b3']) {
    await program.signUp(friend, { code: ann.code }, { at: at(1) });
    await program.act(friend, { at: at(1) });
  }
  const step = { programId: program.id, windowId, now_ms: ms(11) };
  await activities().closeWindow(step);
  await activities().freezeSeason(step);
  await activities().awardSeason(step);
}

/** A program from its start to its end. */
async function runProgram() {
  const { key } = await api.program({ draft: true });
  for (const step of ['start', 'pause', 'resume', 'end']) {
    await api.mutate(`programs.${step}`, undefined, { key });
  }
}

/** An endpoint that is tried, and says that it wants nothing more. */
async function tryEndpoint() {
  const receiver = await startReceiver();
  receiver.reply('/gone', status(410));
  const { data } = await api.mutate('webhooks.create', { url: `${receiver.url}/gone` });
  await api.mutate('webhooks.ping', { id: data.id });
  const run = { programId: api.programId, endpointId: data.id, lane: 'first' as const };
  await activities().deliverWebhooks({ ...run, struggles: 0, now_ms: Date.now() });
  await receiver.close();
}

/** A member who is blocked for a day, is given another external id, gets another account, and is erased. */
async function correctMember() {
  const { programId, db } = api;
  const { id: memberId } = await seedMember(db, programId, 'blocked');
  const say = async (type: string, pending: object, toId = memberId) => {
    const payload = { actor: 'key:1', note: 'A reason.', ...pending };
    const { id } = await seedEvent(db, programId, { type, payload });
    await activities().decideMember({ programId, memberId: toId, eventIds: [id], now_ms: ms(1) });
  };
  await say('member.blocked', {});
  await say('member.unblocked', { pending: 'cancel' });
  await say('member.renamed', { externalId: 'renamed' });
  const { id: otherId } = await seedMember(db, programId, 'other account');
  await say('member.merged', { intoMemberId: memberId }, otherId);
  await say('member.erased', { reason: 'request', badges: 'revoke' });
}

test('some step writes each type of message, and every message fits its type', {
  timeout: 120_000,
}, async () => {
  await liveReferrals();
  await askMembers();
  await redeem();
  await scorePoints();
  await reachMilestone();
  await spendBudget();
  await runProgram();
  await tryEndpoint();
  await correctMember();
  const rows = await api.db.outbox.findMany();
  expect(rows.flatMap(problemsOf)).toEqual([]);
  expect(Array.from(new Set(rows.map(({ type }) => type))).sort()).toEqual([...MESSAGE_TYPES].sort());
});
