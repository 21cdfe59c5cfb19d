import { expect, it } from 'vitest';
import { useEngine } from '../support/engine.ts';
import { seedEvent } from '../support/seed.ts';
import { seedSurvey } from '../support/surveys.ts';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

/** A live worker decides what these requests wait for. */
const api = useApi();
useEngine(() => ({ database: api.database, server: 'dev' }));
const rest = useRest(api);

const usd = (minor: string) => ({ minor, unit: 'USD' });
const wait = { prefer: 'wait=10' };

/** A POST that waits, and is taken. */
async function post(path: string, input: object) {
  const { status, body } = await rest.command(path, input);
  expect([status, body.code]).toEqual([200, undefined]);
  return body;
}

/** A program whose referrer earns 50.00 at once; its reviewed signups are those of disposable addresses. */
async function publish(): Promise<void> {
  const builtin = (await api.query('policies.builtin', { unit: 'USD' })).data.policy;
  const rule = {
    id: 'thanks',
    recipient: 'referrer',
    trigger: { on: 'qualified' },
    benefit: { kind: 'fixed', amount: usd('5000') },
    hold_days: 0,
    expires_days: null,
    cap: null,
    condition: null,
  };
  const redemption = { ...builtin.redemption, auto_approve_max: usd('1000') };
  const fraud = { ...builtin.fraud, weights: { disposable_email: 40 } };
  const policy = { ...builtin, rules: [rule], redemption, fraud };
  expect((await api.mutate('policies.publish', { policy })).status).toBe(200);
}

const signup = (subject: string, code: string, email = `${subject}@own-domain.example`) => ({
  key: `signup-${subject}`,
  type: 'signup',
  subject,
  code,
  email,
});
const purchase = (subject: string) => ({
  key: `order-${subject}`,
  type: 'purchase',
  subject,
  value: usd('9900'),
});

it('every event and every command over REST is answered with its decision when it waits', async () => {
  await publish();
  const ann = await api.member('ann');

  const reviewed = await post('/events', signup('bob', ann.referralCode, 'bob@mailinator.com'));
  expect(reviewed).toMatchObject({ status: 'decided', outcome: { stage: 'in_review' } });
  const { referralId } = reviewed.outcome;
  expect(await post(`/referrals/${referralId}/approve`, {})).toMatchObject({
    status: 'decided',
    outcome: { decision: 'accepted', stage: 'signed_up' },
  });
  const second = await post('/events', signup('eve', ann.referralCode, 'eve@mailinator.com'));
  expect(await post(`/referrals/${second.outcome.referralId}/reject`, {})).toMatchObject({
    status: 'decided',
    outcome: { decision: 'accepted', stage: 'rejected' },
  });

  const events = [signup('cat', ann.referralCode), purchase('cat'), purchase('bob'), { nonsense: true }];
  const { results } = await post('/events/batch', { events });
  expect(results).toMatchObject([
    { ok: true, status: 'decided', outcome: { stage: 'signed_up' } },
    { ok: true, status: 'decided', outcome: { stage: 'rewarded', rewards: [{ granted: true }] } },
    { ok: true, status: 'decided', outcome: { stage: 'rewarded', rewards: [{ granted: true }] } },
    { ok: false, code: 'input_invalid' },
  ]);

  const wish = { memberId: ann.id, method: 'manual', destination: { iban: 'DE02120300000000202051' } };
  const asked = await post('/redemptions', { ...wish, amount: usd('4000') });
  expect(asked).toMatchObject({ status: 'decided', outcome: { stage: 'awaiting_approval' } });
  const { redemptionId } = asked;
  expect(await post(`/redemptions/${redemptionId}/approve`, {})).toMatchObject({
    status: 'decided',
    outcome: { decision: 'accepted' },
  });
  const refused = await post('/redemptions', { ...wish, amount: usd('4100') });
  expect(await post(`/redemptions/${refused.redemptionId}/reject`, {})).toMatchObject({
    status: 'decided',
    outcome: { decision: 'accepted', stage: 'released' },
  });

  const survey = await seedSurvey(api.db, api.programId, ann.id);
  expect(await post(`/surveys/${survey}/cancel`, {})).toMatchObject({
    status: 'decided',
    outcome: { decision: 'accepted' },
  });
  expect(await post('/invitations', { memberId: ann.id })).toMatchObject({
    status: 'decided',
    outcome: { decision: 'accepted' },
  });
});

it('an event that is handed over again is answered as it stands once it is decided', async () => {
  const dan = await api.member('dan');
  await post('/events', signup('fay', dan.referralCode));
  const due = new Date(Date.now() + 3_600_000);
  const order = { type: 'purchase', subject: 'fay', value: { minor: 9_900n, unit: 'USD' }, due };
  const { id } = await seedEvent(api.db, api.programId, order);
  await api.db.event.updateMany({ where: { id }, data: { state: 'parked', reason: 'a bug that is mended' } });
  expect(await post(`/events/${id}/retry`, {})).toMatchObject({
    id,
    state: 'decided',
    outcome: { decision: 'accepted', rewards: [{ granted: true }] },
    decidedAt: expect.any(String),
  });
});

it('a member cancels a redemption of theirs until it is approved, and gets it all back', async () => {
  const gus = await api.member('gus');
  await api.member('hal');
  await post('/events', signup('ivy', gus.referralCode));
  await post('/events', purchase('ivy'));
  const wish = { memberId: gus.id, method: 'manual', destination: { iban: 'DE02120300000000202051' } };
  const ask = async () => (await post('/redemptions', { ...wish, amount: usd('4000') })).redemptionId;
  const cancel = async (externalId: string, redemptionId: string) => {
    const { token } = (await api.mutate('members.token', { externalId, redeem: true })).data;
    const path = `/programs/${api.programId}/me/redemptions/${redemptionId}/cancel`;
    const key = `cancel-${externalId}-${redemptionId}`;
    const headers = { ...wait, authorization: `Bearer ${token}`, 'idempotency-key': key };
    return await rest.call('POST', path, { note: 'Changed my mind.' }, headers);
  };
  const first = await ask();
  expect(await cancel('hal', first)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  for (let time = 0; time < 2; time += 1) {
    expect(await cancel('gus', first)).toMatchObject({ body: { outcome: { decision: 'accepted' } } });
  }
  const shown = (await api.query('redemptions.get', { id: first })).data;
  expect(shown).toMatchObject({ status: 'released', reason: 'member_cancelled', approvedBy: null });
  const balances = (await api.query('balances.get', { memberId: gus.id })).data.items;
  expect(balances).toMatchObject([{ available: usd('5000'), reserved: usd('0') }]);
  const second = await ask();
  await post(`/redemptions/${second}/approve`, {});
  expect((await cancel('gus', second)).body).toMatchObject({ code: 'stage_forbids' });
});

it('an order that is sent under many keys counts once, and each program has orders of its own', async () => {
  const jim = await api.member('jim');
  await post('/events', signup('kim', jim.referralCode));
  const order = (key: string, change: object = {}) => ({
    ...purchase('kim'),
    key,
    orderId: '1001',
    ...change,
  });
  const keys = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6'];
  const answers = await Promise.all(keys.map((key) => post('/events', order(key))));
  const codes = answers.map(({ outcome }) => outcome.code ?? outcome.decision).sort();
  expect(codes).toEqual(['accepted', ...Array(5).fill('order_known')]);
  const { results } = await post('/events/batch', {
    events: [order('o7'), order('b1', { orderId: 'b' }), order('b2', { orderId: 'b' })],
  });
  expect(results.map(({ outcome }: { outcome: { code?: string } }) => outcome.code)).toEqual([
    'order_known',
    'already_qualified',
    'order_known',
  ]);
  expect(results[2].outcome.message).toContain('b1');
  const again = answers.findIndex(({ outcome }) => outcome.decision === 'accepted');
  expect((await post('/events', order(keys[again] ?? ''))).outcome).toEqual(answers[again]?.outcome);
  const other = await api.program();
  await api.mutate('events.record', order('o1'), { key: other.key });
  expect(await api.db.eventOrder.count({ where: { orderId: '1001' } })).toBe(2);
});
