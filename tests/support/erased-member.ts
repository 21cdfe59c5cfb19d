import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eraseMember } from '../../engine/privacy/erase.ts';
import type { ErasureRef, PrivacySettings } from '../../engine/privacy/steps/step.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { TestDatabase } from './database.ts';
import { type ProgramPlay, playProgram, T0, T0_MS, testActivities } from './play.ts';
import { fixedPolicy, referralIdOf, seedEvent, seedRedemption, TEST_PRIVACY, usd } from './seed.ts';
import { seedSurvey } from './surveys.ts';

/** All that says who Zerlina is, in what a member leaves behind. */
export const WORDS = {
  externalId: 'ext-zerlina-7731',
  alias: 'host-zerlina-8842',
  email: 'zerlina.q7731@private.example',
  signupEmail: 'zerlina.old@private.example',
  name: 'Zerlina Quast',
  comment: 'Ein geheimer Kommentar von Zerlina',
  iban: 'DE02120300000000202051',
  article: 'a very private article 7731',
  order: 'bestellung-von-zerlina',
  key: 'signup:zerlina.q7731@private.example',
  slug: 'zerlina-quast',
  note: 'Zerlina Quast rang and complained',
  ipHash: 'hash-of-an-address-7731',
  providerRef: 'transfer-zerlina-1',
  customer: 'cus_zerlina7731',
  visitorId: '0192f0c1-2f4e-7a3b-8c5d-00000000e7a3',
} as const;

/** Erasures of a test's own: their list is a file nobody else writes. */
export function testPrivacy(): PrivacySettings {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'erasures-'));
  return { ...TEST_PRIVACY, dataDir, listFile: path.join(dataDir, 'erasures.ndjson') };
}

/** A program in which Zerlina, whom Ann referred, has done everything that leaves a trace. */
export async function zerlina(database: TestDatabase, hold_years = 0) {
  const { db } = database;
  const play = await playProgram(database, testActivities(database), fixedPolicy(1_000n, 0));
  const programId = play.id;
  await db.program.update({ where: { id: programId }, data: { payoutHoldYears: hold_years } });
  const ann = await play.member('ann');
  await comeAndBuy(play, ann);
  const { id: memberId } = await db.member.findFirstOrThrow({
    where: { programId, externalId: WORDS.externalId },
  });
  await bring(play, memberId);
  await leaveWords(play, memberId);
  await redeem(play, memberId);
  return { play, db, programId, memberId, ann };
}

async function comeAndBuy(play: ProgramPlay, ann: { readonly code: string; readonly linkId: string }) {
  const { db, id: programId } = play;
  const { visitorId, ipHash } = WORDS;
  const clickId = newId(T0_MS - 1_000);
  const click = { linkId: ann.linkId, visitorId, ipHash, userAgentHash: WORDS.ipHash };
  const occurredAt = new Date(T0_MS - 1_000);
  await db.touch.create({
    data: { programId, id: clickId, ...click, occurredAt, paidClick: { gclid: WORDS.name } },
  });
  const details = { email: WORDS.signupEmail, code: ann.code, clickId, visitorId, ipHash };
  await play.signUp(WORDS.externalId, details, { key: WORDS.key });
  const payload = { orderId: WORDS.order, properties: { article: WORDS.article } };
  const bought = await play.act(WORDS.externalId, { key: WORDS.order, value: usd(9_900n), payload });
  await db.eventOrder.create({
    data: { programId, type: 'purchase', orderId: WORDS.order, eventId: bought.id },
  });
  await play.refund(WORDS.externalId, WORDS.order, { key: `refund of ${WORDS.order}`, value: usd(100n) });
  const waiting = { type: 'visit', subject: WORDS.externalId, key: `visit ${WORDS.name}`, payload };
  await seedEvent(db, programId, waiting);
}

/** She refers two friends herself, for a reward each. */
async function bring(play: ProgramPlay, memberId: string): Promise<void> {
  const { referralCode: code } = await play.db.member.findFirstOrThrow({ where: { id: memberId } });
  for (const friend of ['fred', 'gina']) {
    await play.signUp(friend, { code });
    await play.act(friend, { key: `order-${friend}`, value: usd(9_900n) });
  }
}

async function leaveWords({ db, id: programId }: ProgramPlay, memberId: string): Promise<void> {
  const of = { programId, memberId };
  await db.memberAlias.create({ data: { ...of, externalId: WORDS.alias } });
  await db.member.update({
    where: { programId_id: { programId, id: memberId } },
    data: {
      hostId: WORDS.alias,
      email: WORDS.email,
      emailKey: WORDS.email,
      displayName: WORDS.name,
      timeZone: 'Europe/Berlin',
      referralCode: WORDS.slug,
    },
  });
  await db.link.create({
    data: { ...of, id: newId(), code: WORDS.slug, destination: `https://example.com/?by=${WORDS.slug}` },
  });
  await db.badgeRecipient.create({ data: { ...of, displayName: WORDS.name } });
  const surveyId = await seedSurvey(db, programId, memberId, { policyVersion: 1 });
  const answer = { programId, surveyId, eventId: newId(), answers: { nps: 9, why: WORDS.comment }, score: 9 };
  await db.surveyAnswer.create({ data: { ...answer, firstAnsweredAt: T0, answeredAt: T0 } });
  await db.$executeRaw`UPDATE survey_answers SET comment = ${WORDS.comment}, language = 'german',
    search = to_tsvector('german', ${WORDS.comment}), handled_note = ${WORDS.note}
    WHERE survey_id = ${surveyId}::uuid`;
  const noticeId = newId();
  const notice = {
    programId,
    id: noticeId,
    memberId,
    kind: 'reward.granted',
    key: 'a',
    params: {},
    locale: 'de',
  };
  await db.notice.create({ data: { ...notice, inInbox: true, createdAt: T0 } });
  const email = { programId, noticeId, memberId, category: 'service' as const, dueAt: T0, queuedAt: T0 };
  await db.noticeEmail.create({ data: { ...email, createdAt: T0, messageId: `${noticeId}@x` } });
  await db.noticePreference.create({ data: { ...of, category: 'service', email: true, updatedAt: T0 } });
  const payload = { actor: 'key:1', note: WORDS.note, externalId: WORDS.alias };
  const said = {
    type: 'member.renamed',
    key: `command:${newId()}`,
    payload,
    workflowId: `member-${memberId}`,
  };
  const { id } = await seedEvent(db, programId, said);
  const outcome = { decision: 'refused', message: `Not ${WORDS.name}` };
  const decided = { state: 'decided' as const, outcome, decidedAt: T0 };
  await db.event.update({ where: { programId_id: { programId, id } }, data: decided });
  const entry = {
    programId,
    actor: `key:${newId()}`,
    action: 'member.renamed',
    subject: `member:${memberId}`,
  };
  await db.auditEntry.create({ data: { ...entry, detail: { note: WORDS.note, eventId: id } } });
  await wordsElsewhere(db, programId, memberId);
  const kept = { scope: programId, procedure: 'members.upsert', requestHash: 'x' };
  const response = { id: memberId, email: WORDS.email };
  await db.idempotencyKey.create({ data: { ...kept, key: `for ${WORDS.email}`, response } });
  await db.billingCustomer.create({
    data: {
      programId,
      provider: 'stripe',
      customerId: WORDS.customer,
      subject: WORDS.externalId,
      certain: true,
    },
  });
  await db.user.create({ data: { id: newId(), name: WORDS.name, email: WORDS.email } });
}

/** Operators' words on what was refused in the end, or is gone before the log of it is. */
async function wordsElsewhere(db: Database, programId: string, memberId: string): Promise<void> {
  const attributed = referralIdOf(programId, WORDS.alias);
  const { id: noticeId } = await db.notice.findFirstOrThrow({ where: { programId, memberId } });
  const payload = { actor: 'key:1', note: WORDS.note, referrerId: newId() };
  await seedEvent(db, programId, {
    ...{ type: 'referral.attributed', key: `command:${newId()}`, payload },
    workflowId: `referral-${attributed}`,
  });
  await db.event.updateMany({
    where: { programId, type: 'referral.attributed' },
    data: { state: 'decided', outcome: { decision: 'refused' }, decidedAt: T0 },
  });
  const refused = await db.refusedReward.create({
    data: {
      ...{ programId, id: newId(), key: 'a', memberId, ruleId: 'r', policyVersion: 1, unit: 'USD' },
      ...{ referralId: referralIdOf(programId, 'fred'), eventId: newId(), amountMinor: 1n },
      ...{ occurredAt: T0, refusedAt: T0, trace: {} },
    },
  });
  for (const [action, subject] of [
    ['referral.attributed', attributed],
    ['notice.resolved', noticeId],
    ['reward.granted_again', refused.id],
  ] as const) {
    const entry = { programId, actor: `key:${newId()}`, action, subject };
    await db.auditEntry.create({ data: { ...entry, detail: { note: WORDS.note } } });
  }
}

async function redeem({ db, id: programId, activities }: ProgramPlay, memberId: string): Promise<void> {
  const destination = { iban: WORDS.iban, name: WORDS.name };
  const wish = { minor: 500n, method: 'manual', destination };
  const { id, eventId } = await seedRedemption(db, programId, memberId, wish);
  const ref = { programId, redemptionId: id, now_ms: T0_MS };
  await activities.reserveRedemption({ ...ref, eventId });
  const end = { step: 'settle' as const, reason: null, providerRef: WORDS.providerRef };
  const { status } = await db.redemption.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
  if (status === 'paying') await activities.finishRedemption({ ...ref, ...end });
  const attempt = { programId, redemptionId: id, method: 'manual', providerRef: WORDS.providerRef };
  await db.redemptionAttempt.create({ data: { ...attempt, answeredAt: T0, result: 'paid' } });
}

/** Takes parts of an erasure until nothing is left, and gives the report; `part` may do so otherwise. */
export async function eraseAll(
  database: TestDatabase,
  settings: PrivacySettings,
  ref: ErasureRef,
  limit = 500,
  between: () => Promise<void> = async () => undefined,
) {
  const transactor = { db: database.db, countDecision: () => undefined };
  for (;;) {
    const done = await inTransaction(transactor, (tx) => eraseMember(tx, settings, ref, limit));
    if (!done.ok || done.value !== 'more') return done;
    await between();
  }
}
