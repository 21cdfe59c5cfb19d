import { expect, it } from 'vitest';
import { useEngine } from '../support/engine.ts';
import { fixedPolicy, publishPolicy } from '../support/seed.ts';
import { actionsOn } from './audit.ts';
import { useApi } from './harness.ts';
import { useTokens } from './tokens-harness.ts';

/** A live worker carries out what an operator says. */
const api = useApi();
useEngine(() => ({ database: api.database, server: 'dev' }));
const { rest, ...tokens } = useTokens(api);

const note = 'The shop moved to new accounts.';

/** The body of a POST that waits, of a refusal too. */
const post = async (path: string, input: object) => (await rest.command(path, input)).body;

const rename = (id: string, externalId: string) => post(`/members/${id}/external-id`, { externalId, note });
const byExternalId = async (externalId: string) => (await api.query('members.get', { externalId })).data;

it('a member is found, known by token and credited by every external id that they ever had', async () => {
  await publishPolicy(api.db, api.programId, fixedPolicy(1_000n, 0), 2);
  const [ann, bob] = [await api.member('ann'), await api.member('bob')];
  expect(await rename(bob.id, 'bob@new')).toMatchObject({ outcome: { decision: 'accepted' } });
  for (const name of ['bob', 'bob@new']) {
    expect(await byExternalId(name)).toMatchObject({ id: bob.id, externalId: 'bob@new' });
    expect((await api.query('members.list', { externalId: name })).data.items).toHaveLength(1);
    const upserted = await api.mutate('members.upsert', { externalId: name, locale: 'de' });
    expect(upserted.data).toMatchObject({ id: bob.id, created: false });
    const token = await tokens.mint({ externalId: name });
    expect((await tokens.me(token)).body).toMatchObject({ id: bob.id, externalId: 'bob@new' });
  }

  const signup = { type: 'signup', code: ann.referralCode };
  const first = await post('/events', { ...signup, key: 's1', subject: 'bob@new' });
  expect(first.outcome).toMatchObject({ decision: 'accepted', stage: 'signed_up' });
  const again = await post('/events', { ...signup, key: 's2', subject: 'bob' });
  expect(again.outcome).toMatchObject({ decision: 'refused', code: 'already_attributed' });
  const order = { type: 'purchase', value: { minor: '9900', unit: 'USD' } };
  const bought = await post('/events', { ...order, key: 'o1', subject: 'bob@new' });
  expect(bought.outcome).toMatchObject({
    referralId: first.outcome.referralId,
    rewards: [{ granted: true }],
  });
  const back = { type: 'refund', refundOf: 'o1', value: order.value, key: 'r1', subject: 'bob' };
  expect((await post('/events', back)).outcome).toMatchObject({ decision: 'accepted' });
  const keys = (await api.query('events.list', { subject: 'bob@new' })).data.items;
  expect(keys.map(({ key }: { key: string }) => key)).toEqual(['r1', 'o1', 's2', 's1']);
  expect(await api.db.referral.count({ where: { programId: api.programId } })).toBe(1);
});

it('a change can be undone, and changed again, and each is on record', async () => {
  const cat = await api.member('cat');
  for (const name of ['cat-2', 'cat', 'cat-2']) {
    expect(await rename('ext_cat', name)).toMatchObject({ outcome: { decision: 'accepted' } });
    expect(await byExternalId('cat')).toMatchObject({ id: cat.id, externalId: name });
  }
  expect(await actionsOn(api, { subject: `member:${cat.id}` })).toEqual(Array(3).fill('member.renamed'));
});

it('an external id that leads to somebody, by now or before, is refused and changes nothing', async () => {
  const [dan, eve] = [await api.member('dan'), await api.member('eve')];
  await rename(eve.id, 'eve-2');
  const before = await api.counts();
  const taken = { status: 409, code: 'external_id_taken' };
  const another = { ...taken, detail: 'This external id leads to another member.' };
  for (const name of ['eve', 'eve-2']) expect(await rename(dan.id, name)).toMatchObject(another);
  const own = { ...taken, detail: 'It is the external id of this member already.' };
  expect(await rename(dan.id, 'dan')).toMatchObject(own);
  expect(await rename(api.programId, 'free')).toMatchObject({ status: 404, code: 'member_unknown' });
  expect(await api.counts()).toEqual(before);
});

it('of two members who are given one id at once, one has it', async () => {
  const [fay, gus] = [await api.member('fay'), await api.member('gus')];
  const answers = await Promise.all([fay, gus].map(({ id }) => rename(id, 'both')));
  const codes = answers.map(({ code, outcome }) => code ?? outcome.code ?? outcome.decision);
  expect(codes.sort()).toEqual(['accepted', 'external_id_taken']);
});

it('nobody is made by an id that leads to another member', async () => {
  const hal = await api.member('hal');
  await rename(hal.id, 'hal-2');
  const { programId } = api;
  const data = { programId, id: api.programId, externalId: 'hal-2', referralCode: 'hal-2-code' };
  await expect(api.db.member.create({ data })).rejects.toThrow('write conflict');
});
