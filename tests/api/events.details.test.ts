import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { takeKey } from '../support/seed.ts';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

const CLICK_ID = '0192F0C1-2F4E-7A3B-8C5D-1E2F3A4B5C6D';
const signup = (key: string, details: object) => ({ key, type: 'signup', subject: key, ...details });

const storedBy = (key: string) => api.db.event.findFirstOrThrow({ where: { programId: api.programId, key } });

const UNREADABLE = [
  ['an e-mail that is none', 'email', 'not an address'],
  ['an e-mail of two addresses', 'email', 'a@b.example,c@d.example'],
  ['an e-mail of a thousand characters', 'email', `${'a'.repeat(1_000)}@shop.example`],
  ['a code with a quote', 'code', "x' OR 1=1"],
  ['a code of two letters', 'code', 'ab'],
  ['a code of a hundred thousand letters', 'code', 'a'.repeat(100_000)],
  ['a code that is a list', 'code', ['k7m2xq9a']],
  ['a click id that is no UUID', 'clickId', '7'],
  ['a click id that is a number', 'clickId', 7],
  ['a click id that is an object', 'clickId', { toString: 'x', constructor: {} }],
  ['a visitor that is no UUID', 'visitorId', '{0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d}'],
  ['a visitor that is false', 'visitorId', false],
  ['an address that is none', 'ip', '999.1.1.1'],
  ['an e-mail with a NUL character', 'email', 'ann\u0000@shop.example'],
  ['a code with half of a surrogate pair', 'code', 'abc\ud800'],
  ['a click id of lists with texts that nobody can store', 'clickId', [['\u0000', { '\udfff': 1 }]]],
  ['a list of addresses', 'ip', '203.0.113.7, 198.51.100.1'],
] as const;

describe.each([
  ['tRPC', async (event: object) => (await api.mutate('events.record', event)).data],
  ['REST', async (event: object) => (await rest.call('POST', '/events', event)).body],
  [
    'a batch over tRPC',
    async (event: object) => (await api.mutate('events.recordBatch', { events: [event] })).data.results[0],
  ],
  [
    'a batch over REST',
    async (event: object) => (await rest.call('POST', '/events/batch', { events: [event] })).body.results[0],
  ],
] as const)('a signup over %s is stored without the detail and marked', (way, send) => {
  it.each(UNREADABLE)('for %s', async (what, detail, value) => {
    const event = signup(`${way} ${what}`, { [detail]: value });
    const taken = await send(event);
    expect(taken).toMatchObject({ status: 'accepted', unreadable: [detail], replayed: false });
    expect((await storedBy(event.key)).payload).toEqual({ unreadable: [detail] });
    expect(await send(event)).toEqual({ ...taken, replayed: true });
  });
});

describe('a signup with details of which some can be read', () => {
  it('keeps those, in lower case where case says nothing, and names the others', async () => {
    const details = { email: 'ann@', code: ' K7M2-xq9a ', clickId: CLICK_ID, visitorId: 'me', ip: '::1' };
    const { data } = await api.mutate('events.record', signup('mixed', details));
    expect(data.unreadable).toEqual(['email', 'visitorId']);
    expect((await storedBy('mixed')).payload).toEqual({
      code: 'k7m2-xq9a',
      clickId: CLICK_ID.toLowerCase(),
      ipHash: expect.stringMatching(/^[0-9a-f]{32}$/),
      unreadable: ['email', 'visitorId'],
    });
    const shown = await api.query('events.get', { key: 'mixed' });
    expect(shown.data).toMatchObject({ state: 'pending', unreadable: ['email', 'visitorId'] });
    const explained = await api.query('explain.event', { key: 'mixed' });
    expect(explained.data.sentences).toContain(
      'Its visitor id could not be read, and counted as one that nobody knows.',
    );
  });

  it('takes null and blank texts for details that were left out', async () => {
    const blank = { email: null, code: '', clickId: ' ', visitorId: null, ip: '\t' };
    const { data } = await api.mutate('events.record', signup('blank', blank));
    expect(data).toMatchObject({ status: 'accepted', unreadable: [] });
    expect((await storedBy('blank')).payload).toEqual({});
    const bare = await api.mutate('events.record', signup('blank', {}));
    expect(bare.data).toMatchObject({ eventId: data.eventId, replayed: true });
  });

  it('is another event with another unreadable detail, and the same with a UUID in other case', async () => {
    await api.mutate('events.record', signup('again', { clickId: 'seven', visitorId: CLICK_ID }));
    const same = signup('again', { clickId: 'seven', visitorId: CLICK_ID.toLowerCase() });
    expect((await api.mutate('events.record', same)).data.replayed).toBe(true);
    const other = await api.mutate('events.record', { ...same, clickId: 'eight' });
    expect([other.status, other.code]).toEqual([422, 'key_reused']);
  });

  it('that is gone with its month is refused by its key, alone and in a batch', async () => {
    await takeKey(api.db, { programId: api.programId, key: 'long ago', id: newId() });
    const refused = await api.mutate('events.record', signup('long ago', {}));
    expect([refused.status, refused.code]).toEqual([409, 'event_not_kept']);
    const batch = { events: [signup('long ago', {}), signup('of today', {})] };
    const { data } = await api.mutate('events.recordBatch', batch);
    expect(data.results).toMatchObject([{ ok: false, code: 'event_not_kept' }, { ok: true }]);
  });

  it('counts what could not be read, by detail and once', async () => {
    const counted = async () => {
      const text = await api.metrics();
      return Number(/referral_unreadable_details_total\{detail="ip"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    const before = await counted();
    await api.mutate('events.record', signup('counted', { ip: 'home' }));
    await api.mutate('events.record', signup('counted', { ip: 'home' }));
    expect(await counted()).toBe(before + 1);
  });
});

it('refuses of a batch the event alone whose own text cannot be stored', async () => {
  const bad = { key: 'nul', type: 'purchase', subject: 'buyer', properties: { note: 'a\u0000' } };
  const events = [signup('before', {}), bad, { ...bad, subject: 'a\ud800' }, signup('after', {})];
  const codes = ({ results }: { results: { ok: boolean; code?: string }[] }) =>
    results.map(({ ok, code }) => code ?? ok);
  const expected = [true, 'text_invalid', 'text_invalid', true];
  expect(codes((await api.mutate('events.recordBatch', { events })).data)).toEqual(expected);
  expect(codes((await rest.call('POST', '/events/batch', { events })).body)).toEqual(expected);
});

it('takes properties of 4,096 characters, and leaves out those that are null', async () => {
  const properties = { note: 'ä'.repeat(4_096), coupon: null, seats: 1.5, trial: false };
  const event = { key: 'properties', type: 'purchase', subject: 'buyer', properties };
  expect((await rest.call('POST', '/events', event)).status).toBe(200);
  const { coupon: _, ...kept } = properties;
  expect((await storedBy('properties')).payload).toEqual({ properties: kept });
});

it('takes the id of a record in upper case wherever it is asked for', async () => {
  const { data } = await api.mutate('events.record', signup('upper', {}));
  const id = data.eventId.toUpperCase();
  expect((await api.query('events.get', { id })).data.id).toBe(data.eventId);
  expect((await rest.call('GET', `/events/${id}`)).body.id).toBe(data.eventId);
});
