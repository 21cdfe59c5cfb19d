import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { prove } from '../../ledger/prove.ts';
import { useEngine } from '../support/engine.ts';
import { testNotices } from '../support/notices.ts';
import { payloadsOf } from '../support/payloads.ts';
import { fixedPolicy, publishPolicy, testRule, usd } from '../support/seed.ts';
import { testSurveyRule } from '../support/survey-rule.ts';
import { dumpOf, tracesOf } from '../support/traces.ts';
import { useApi } from './harness.ts';
import { clickAt } from './redirect-harness.ts';

/** The real thing: an API, a worker, and a Temporal server, whose histories are read in the end. */
const api = useApi();
const engine = useEngine(() => ({ database: api.database, server: 'dev' }));

/** A machine with much to do takes its time. */
const TIMEOUT_MS = 420_000;
const DECISION_MAX_MS = 120_000;

/** What says who Zerlina is. */
const WORDS = {
  externalId: 'ext-zerlina-7731',
  alias: 'host-zerlina-8842',
  email: 'zerlina.q7731@private.example',
  name: 'Zerlina Quast',
  comment: 'Ein geheimer Kommentar',
  iban: 'DE02120300000000202051',
  article: 'a very private article',
  order: 'bestellung-zerlina-1',
  key: 'signup/zerlina.q7731',
  slug: 'zerlina-quast',
  note: 'Zerlina Quast complained',
  reference: 'transfer-zerlina-1',
  ip: '203.0.113.177',
} as const;

/** Calls a mutation, and fails unless it succeeds. */
async function call(procedure: string, input: object) {
  const answer = await api.mutate(procedure, input);
  expect(answer.status, `${procedure}: ${answer.text}`).toBe(200);
  return answer.data;
}

/** The same, and waits until the event of it is decided. Gives the outcome. */
async function decided(procedure: string, input: object) {
  const { eventId } = await call(procedure, input);
  for (const started_ms = Date.now(); Date.now() - started_ms < DECISION_MAX_MS; ) {
    const { state, outcome } = (await api.query('events.get', { id: eventId })).data;
    if (state === 'decided') return outcome;
    expect(state).not.toBe('parked');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${procedure} was not decided in time`);
}

const record = (event: object) => decided('events.record', event);

/** A program with everything that members meet. */
async function publish(): Promise<void> {
  const badge = { kind: 'badge', label: 'Connector' } as const;
  const rules = [
    testRule({ id: 'money', benefit: { kind: 'fixed', amount: usd(5_000n) } }),
    testRule({ id: 'badge', benefit: badge }),
    testRule({ id: 'later', benefit: { kind: 'fixed', amount: usd(700n) }, hold_days: 30 }),
  ];
  const surveys = [testSurveyRule({ moment: { on: 'first_reward' } })];
  const policy = fixedPolicy(5_000n, 0, { rules, surveys, notices: testNotices() });
  await publishPolicy(api.db, api.programId, policy, 2);
  await call('badges.define', {
    ...{ label: 'Connector', name: 'Connector', description: 'Brought a friend.', criteria: 'One friend.' },
  });
}

/** Zerlina comes through Ann's link, and does everything that leaves a trace. */
async function live() {
  const ann = await api.member('ann');
  const { clickId } = await clickAt(api.url, ann.referralCode);
  const { externalId: subject, email, key, ip } = WORDS;
  await record({ type: 'signup', key, subject, email, ip, clickId, code: ann.referralCode });
  const zerlina = (await api.query('members.get', { externalId: subject })).data;
  const { id } = zerlina;
  const value = { minor: '9900', unit: 'USD' };
  const properties = { article: WORDS.article };
  await record({ type: 'purchase', key: WORDS.order, orderId: WORDS.order, subject, value, properties });
  await call('links.create', { memberId: id, slug: WORDS.slug });
  await record({ type: 'signup', key: 'fred-signs-up', subject: 'fred', code: WORDS.slug });
  await record({ type: 'purchase', key: 'fred-buys', subject: 'fred', value });
  await call('members.setDisplayName', { id, displayName: WORDS.name });
  await call('badges.setRecipient', { memberId: id, displayName: WORDS.name, identity: 'email' });
  const { id: rewardId } = await api.db.reward.findFirstOrThrow({ where: { memberId: id, kind: 'badge' } });
  const { id: badgeId } = await call('badges.issue', { rewardId });
  await call('members.token', { id });
  await redeem(id);
  const survey = await seen('her survey', () => api.db.survey.findFirst({ where: { memberId: id } }));
  await seen('that she was asked', () =>
    api.db.survey.findFirst({ where: { id: survey.id, status: 'asked' } }),
  );
  const answers = { nps: 9, comment: WORDS.comment };
  await decided('surveys.answer', { id: survey.id, memberId: id, answers });
  await seen('a notice', () => api.db.noticeEmail.findFirst({ where: { memberId: id } }));
  await decided('members.block', { id, note: WORDS.note });
  await decided('members.unblock', { id, note: WORDS.note, pending: 'release' });
  await decided('members.changeExternalId', { id, externalId: WORDS.alias, note: WORDS.note });
  return { id, ann, badgeId };
}

async function redeem(memberId: string): Promise<void> {
  const destination = { iban: WORDS.iban, name: WORDS.name };
  const amount = { minor: '1000', unit: 'USD' };
  const wish = { memberId, method: 'manual', amount, destination };
  const { redemptionId } = await call('redemptions.request', wish);
  const at = async (...statuses: string[]) =>
    await seen(`a redemption that is ${statuses.join(' or ')}`, async () => {
      const row = await api.db.redemption.findFirstOrThrow({ where: { id: redemptionId } });
      return statuses.includes(row.status) ? row : null;
    });
  const { status } = await at('awaiting_approval', 'needs_operator');
  if (status === 'awaiting_approval')
    await decided('redemptions.approve', { id: redemptionId, note: WORDS.note });
  await at('needs_operator');
  const paid = { id: redemptionId, outcome: 'paid', providerRef: WORDS.reference, note: WORDS.note };
  await decided('redemptions.resolve', paid);
  await at('settled');
}

async function seen<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (const started_ms = Date.now(); Date.now() - started_ms < DECISION_MAX_MS; ) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** What every workflow of the server was told and said, by its id: each run's whole history. */
async function histories(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const { workflowId, runId, memo } of engine.client.workflow.list()) {
    const handle = engine.client.workflow.getHandle(workflowId, runId);
    const history = JSON.stringify(await handle.fetchHistory());
    texts.set(`${workflowId} ${runId}`, [payloadsOf(history), history, JSON.stringify(memo)].join('\n'));
  }
  return texts;
}

it('after an erasure neither a dump of the database nor any workflow’s history says who it was', {
  timeout: TIMEOUT_MS,
}, async () => {
  await publish();
  const { id, badgeId } = await live();
  const words = Object.values(WORDS);
  const before = tracesOf(await dumpOf(api.database.ownerUrl), words);
  for (const word of words.filter((it) => it !== WORDS.ip)) {
    expect(
      before.some((trace) => trace.endsWith(`: ${word}`)),
      word,
    ).toBe(true);
  }
  // Network addresses are nowhere, not even before.
  expect(before.filter((trace) => trace.endsWith(`: ${WORDS.ip}`))).toEqual([]);
  const ranked = await api.db.member.findFirstOrThrow({ where: { id } });

  const outcome = await decided('members.erase', { id, reason: 'request' });
  expect(outcome).toMatchObject({ decision: 'accepted', erasure: { rows: { members: 1 } } });

  expect(tracesOf(await dumpOf(api.database.ownerUrl), words)).toEqual([]);
  const told = await histories();
  expect(told.size).toBeGreaterThan(4);
  expect([...told.keys()].some((name) => name.startsWith(`member-${id}`))).toBe(true);
  expect(tracesOf(told, words)).toEqual([]);
  expect((await api.db.member.findFirstOrThrow({ where: { id } })).qualifiedReferrals).toBe(
    ranked.qualifiedReferrals,
  );
  expect((await prove(api.database.ownerUrl)).ok).toBe(true);
  expect((await api.send(`/badges/credentials/${badgeId}`, {})).status).toBe(404);
  const late = { type: 'purchase', key: randomUUID(), subject: WORDS.externalId };
  expect(await api.mutate('events.record', late)).toMatchObject({ code: 'member_erased' });
});
