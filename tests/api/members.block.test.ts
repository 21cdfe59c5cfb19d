import { expect, it } from 'vitest';
import { prove } from '../../ledger/prove.ts';
import { useEngine } from '../support/engine.ts';
import { actionsOn } from './audit.ts';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';
import { useTokens } from './tokens-harness.ts';

/** A live worker carries out what an operator says. */
const api = useApi();
useEngine(() => ({ database: api.database, server: 'dev' }));
const rest = useRest(api);
const tokens = useTokens(api);

const usd = (minor: string) => ({ minor, unit: 'USD' });
const note = 'Several accounts of one person.';
const accepted = { status: 'decided', outcome: { decision: 'accepted' } };

/** The body of a POST that waits, of a refusal too. */
const post = async (path: string, input: object) => (await rest.command(path, input)).body;

/** A program that pays for a purchase: 50.00 at once and 7.00 in thirty days, and 5.00 to the friend. */
async function publish(): Promise<void> {
  const builtin = (await api.query('policies.builtin', { unit: 'USD' })).data.policy;
  const rule = (id: string, minor: string, hold_days: number, recipient = 'referrer') => ({
    ...{ id, recipient, hold_days, trigger: { on: 'qualified' } },
    ...{ benefit: { kind: 'fixed', amount: usd(minor) }, expires_days: null, cap: null, condition: null },
  });
  const rules = [rule('now', '5000', 0), rule('later', '700', 30), rule('friend', '500', 0, 'referred')];
  const redemption = { ...builtin.redemption, min: usd('100'), auto_approve_max: usd('100') };
  const policy = { ...builtin, rules, redemption };
  expect((await api.mutate('policies.publish', { policy })).status).toBe(200);
}

async function refer(code: string, subject: string) {
  await post('/events', { key: `signup-${subject}`, type: 'signup', subject, code });
  return await post('/events', { key: `order-${subject}`, type: 'purchase', subject, value: usd('9900') });
}

const balanceOf = async (memberId: string) => (await api.query('balances.get', { memberId })).data.items[0];
const isTrue = async () => (await prove(api.database.ownerUrl)).ok;

it('a blocked member earns and redeems nothing, is refused by token, and keeps what is on hold', async () => {
  await publish();
  const ann = await api.member('ann');
  await refer(ann.referralCode, 'bob');
  const token = await tokens.mint({ externalId: 'ann' });
  const wish = { memberId: ann.id, method: 'manual', destination: { iban: 'DE02120300000000202051' } };
  const asked = await post('/redemptions', { ...wish, amount: usd('200') });

  const blocked = await post(`/members/${ann.id}/block`, { note });
  expect(blocked).toMatchObject({ memberId: ann.id, ...accepted });
  const shown = (await api.query('members.get', { id: ann.id })).data;
  expect(shown).toMatchObject({ blockedAt: expect.any(String), blockedReason: note });

  const { outcome } = await refer(ann.referralCode, 'cat');
  expect(
    outcome.rewards.map(({ granted, code }: { granted: boolean; code?: string }) => code ?? granted),
  ).toEqual(['member_blocked', 'member_blocked', true]);
  expect(await post('/redemptions', { ...wish, amount: usd('100') })).toMatchObject({
    code: 'member_blocked',
  });
  expect(await post(`/redemptions/${asked.redemptionId}/approve`, {})).toMatchObject({
    outcome: { decision: 'refused', code: 'member_blocked', stage: 'awaiting_approval' },
  });
  expect(await tokens.me(token)).toMatchObject({ status: 401, body: { code: 'member_barred' } });
  const click = await api.send(`/r/${ann.referralCode}`, { method: 'GET' });
  expect([click.status, click.headers.get('location')]).toEqual([
    302,
    expect.stringContaining('shop.example'),
  ]);
  expect(await balanceOf(ann.id)).toMatchObject({ pending: usd('700'), available: usd('4800') });

  const { sentences } = (await api.query('explain.event', { id: blocked.eventId })).data;
  expect(sentences.join(' ')).toContain(note);
  expect(await isTrue()).toBe(true);
});

it('the end of a block cancels what was on hold or releases it, and the member earns again', async () => {
  const [dan, eve] = [await api.member('dan'), await api.member('eve')];
  for (const { id, referralCode } of [dan, eve]) {
    await refer(referralCode, `friend-of-${id}`);
    await post(`/members/${id}/block`, { note });
  }
  const unblock = (id: string, pending: string) => post(`/members/${id}/unblock`, { note, pending });
  expect(await unblock(dan.id, 'cancel')).toMatchObject(accepted);
  expect(await unblock(eve.id, 'release')).toMatchObject(accepted);
  expect(await balanceOf(dan.id)).toMatchObject({ pending: usd('0'), available: usd('5000') });
  expect(await balanceOf(eve.id)).toMatchObject({ pending: usd('700'), available: usd('5000') });
  expect((await api.query('members.get', { id: dan.id })).data).toMatchObject({
    blockedAt: null,
    blockedReason: null,
  });
  expect((await refer(dan.referralCode, 'gus')).outcome.rewards[0]).toMatchObject({ granted: true });
  expect(await actionsOn(api, { subject: `member:${dan.id}` })).toEqual([
    'member.unblocked',
    'member.blocked',
  ]);
  expect(await isTrue()).toBe(true);
});

it('a second block, an end of none, no note and a stranger are refused, and change nothing', async () => {
  const hal = await api.member('hal');
  expect(await post(`/members/${hal.id}/unblock`, { note, pending: 'release' })).toMatchObject({
    status: 409,
    code: 'member_not_blocked',
  });
  expect(await post(`/members/${hal.id}/block`, { note: ' ' })).toMatchObject({ code: 'input_invalid' });
  expect(await post(`/members/${api.programId}/block`, { note })).toMatchObject({ code: 'member_unknown' });
  await post(`/members/${hal.id}/block`, { note });
  const before = await api.counts();
  expect(await post(`/members/${hal.id}/block`, { note })).toMatchObject({
    status: 409,
    code: 'member_blocked',
  });
  expect(await api.counts()).toEqual(before);
});
