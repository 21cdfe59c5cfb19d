import { expect, it } from 'vitest';
import { prove } from '../../ledger/prove.ts';
import { useEngine } from '../support/engine.ts';
import { actionsOn } from './audit.ts';
import { openFeed } from './feed-harness.ts';
import { useApi } from './harness.ts';
import { keyOf, signToken, useTokens } from './tokens-harness.ts';

/** A live worker carries out what an operator says. */
const api = useApi();
useEngine(() => ({ database: api.database, server: 'dev' }));
const { rest, ...tokens } = useTokens(api);

const usd = (minor: string) => ({ minor, unit: 'USD' });
const note = 'The shop found one person behind both.';

/** The body of a POST that waits, of a refusal too. */
const post = async (path: string, input: object) => (await rest.command(path, input)).body;
const merge = (memberId: string, intoMemberId: string) =>
  post(`/members/${memberId}/merge`, { intoMemberId, note });

/** The referrer earns 50.00 at once for a purchase. */
async function publish(): Promise<void> {
  const builtin = (await api.query('policies.builtin', { unit: 'USD' })).data.policy;
  const rule = {
    ...{ id: 'thanks', recipient: 'referrer', trigger: { on: 'qualified' }, hold_days: 0 },
    ...{ benefit: { kind: 'fixed', amount: usd('5000') }, expires_days: null, cap: null, condition: null },
  };
  const redemption = { ...builtin.redemption, min: usd('100'), auto_approve_max: usd('100') };
  const policy = { ...builtin, rules: [rule], redemption };
  expect((await api.mutate('policies.publish', { policy })).status).toBe(200);
}

async function refer(code: string, subject: string) {
  await post('/events', { key: `signup-${subject}`, type: 'signup', subject, code });
  const order = { key: `order-${subject}`, type: 'purchase', subject, value: usd('9900') };
  expect((await post('/events', order)).outcome.rewards).toMatchObject([{ granted: true }]);
}

const idsOf = async (procedure: string, input: object) =>
  (await api.query(procedure, input)).data.items.map(({ id }: { id: string }) => id);

it('whatever led to the one who goes leads to the one who stays', async () => {
  await publish();
  const ann = await api.member('ann');
  const old = (await api.mutate('members.upsert', { externalId: 'ann-old', email: 'old@example.org' })).data;
  const begun = await openFeed(api, '/feed');
  const after = (await begun.next())?.id ?? '';
  await begun.close();
  await refer(old.referralCode, 'bob');
  await refer(ann.referralCode, 'cat');
  const oldToken = await tokens.mint({ id: old.id });
  const { id: kid, secret } = await tokens.secret();

  const key = crypto.randomUUID();
  const words = { memberId: old.id, intoMemberId: ann.id, note, wait_ms: 10_000 };
  const merged = await api.mutate('members.merge', words, { idempotencyKey: key });
  expect(merged.data).toMatchObject({
    ...{ memberId: old.id, intoMemberId: ann.id, reversible: false, status: 'decided' },
    outcome: { decision: 'accepted' },
  });
  expect((await api.mutate('members.merge', words, { idempotencyKey: key })).data).toEqual(merged.data);

  for (const which of [{ id: old.id }, { externalId: 'ann-old' }]) {
    const shown = (await api.query('members.get', which)).data;
    expect(shown).toMatchObject({ id: ann.id, externalId: 'ann', qualifiedReferrals: 2 });
    expect((await tokens.me(await tokens.mint(which))).body).toMatchObject({ id: ann.id });
  }
  for (const filter of [
    { externalId: 'ann-old' },
    { email: 'old@example.org' },
    { code: old.referralCode },
  ]) {
    expect(await idsOf('members.list', filter)).toEqual([ann.id]);
  }
  // A feed by either id tells what both accounts were told of, from before the merge on.
  for (const id of [old.id, ann.id]) {
    const feed = await openFeed(api, `/feed?memberId=${id}&types=reward.granted&types=member.merged`, {
      after,
    });
    const told = (await feed.until(({ type }) => type === 'member.merged')).slice(0, -1);
    expect(told.map(({ data }) => data.data.memberId)).toEqual([old.id, ann.id]);
    await feed.close();
  }
  expect(await idsOf('members.list', {})).not.toContain(old.id);
  const { items } = (await api.query('balances.get', { memberId: old.id })).data;
  expect(items).toMatchObject([{ unit: 'USD', available: { minor: '10000' } }]);
  for (const [procedure, field] of [
    ['referrals.list', 'referrerId'],
    ['rewards.list', 'memberId'],
    ['links.list', 'memberId'],
  ] as const) {
    const found = await idsOf(procedure, { [field]: old.id });
    expect(found).toHaveLength(2);
    expect(found).toEqual(await idsOf(procedure, { [field]: ann.id }));
  }
  // Our token was for the old account alone; the host says by its own who is at the browser.
  expect(await tokens.me(oldToken)).toMatchObject({ status: 401, body: { code: 'member_barred' } });
  const signed = { key: keyOf(secret), header: { kid }, claims: { sub: 'ann-old' } };
  expect((await tokens.me(await signToken(api.programId, signed))).body).toMatchObject({ id: ann.id });

  await refer(old.referralCode, 'dan');
  const again = await post('/events', {
    key: 's',
    type: 'signup',
    subject: 'ann-old',
    code: ann.referralCode,
  });
  expect(again.outcome).toMatchObject({ decision: 'refused', code: 'self_referral' });
  const wish = { memberId: old.id, method: 'manual', destination: { iban: 'DE02120300000000202051' } };
  const asked = await post('/redemptions', { ...wish, amount: usd('15000') });
  expect(asked.outcome).toMatchObject({ decision: 'accepted', stage: 'awaiting_approval' });
  expect(await idsOf('redemptions.list', { memberId: ann.id })).toEqual([asked.redemptionId]);
  const click = await api.send(`/r/${old.referralCode}`, { method: 'GET' });
  expect(click.status).toBe(302);

  expect(await actionsOn(api, { subject: `member:${old.id}` })).toEqual(['member.merged']);
  expect(await merge(old.id, ann.id)).toMatchObject({ status: 409, code: 'already_merged' });
  // The one who stays cannot go while she redeems, and is blocked by either id.
  const eve = await api.member('eve');
  expect(await merge(ann.id, eve.id)).toMatchObject({ status: 409, code: 'redemption_under_way' });
  expect(await post(`/members/${old.id}/block`, { note })).toMatchObject({
    memberId: ann.id,
    outcome: { decision: 'accepted' },
  });
  expect(await merge(eve.id, old.id)).toMatchObject({ status: 409, code: 'member_blocked' });
  expect((await prove(api.database.ownerUrl)).ok).toBe(true);
});

it('refuses a member with itself, in a circle and into another program, and nothing changes', async () => {
  const [fay, gil] = [await api.member('fay'), await api.member('gil')];
  const other = await api.program();
  const stranger = (await api.mutate('members.upsert', { externalId: 'x' }, { key: other.key })).data;
  expect(await merge(fay.id, fay.id)).toMatchObject({ status: 409, code: 'same_member' });
  for (const [goes, stays] of [
    [fay.id, stranger.id],
    [stranger.id, fay.id],
    [fay.id, crypto.randomUUID()],
  ] as const) {
    expect(await merge(goes, stays)).toMatchObject({ status: 404, code: 'member_unknown' });
  }
  const bare = await rest.command(`/members/${fay.id}/merge`, { intoMemberId: gil.id });
  expect(bare.body).toMatchObject({ status: 400 });
  expect((await api.query('members.get', { id: fay.id })).data).toMatchObject({ externalId: 'fay' });
  await merge(fay.id, gil.id);
  expect(await merge(gil.id, fay.id)).toMatchObject({ status: 409, code: 'same_member' });
});

it('says in both languages what came of a merge and who said so', async () => {
  const [hal, ian] = [await api.member('hal'), await api.member('ian')];
  const { eventId } = await merge(hal.id, ian.id);
  for (const language of ['en', 'de']) {
    const explained = await api.query('explain.event', { id: eventId, language });
    expect(explained.data.sentences.join(' '), language).toContain(note);
  }
});
