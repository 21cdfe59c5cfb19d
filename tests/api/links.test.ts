import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
describe('links', () => {
  it('have a vanity slug, a campaign and a destination of their own', async () => {
    const { id } = await api.member();
    await api.mutate('programs.update', { allowedHosts: ['shop.example', '*.shop.example'] });
    const wanted = {
      memberId: id,
      slug: 'Summer-Sale',
      campaign: 'summer',
      destination: 'https://eu.shop.example/sale',
    };
    const link = await api.client.links.create.mutate(wanted);
    expect(link).toMatchObject({
      code: 'summer-sale',
      campaign: 'summer',
      destination: 'https://eu.shop.example/sale',
      status: 'active',
    });
    expect(await api.client.links.get.query({ id: link.id })).toEqual(link);
  });

  it('share one address space: a slug of another program is taken too', async () => {
    const other = await api.program();
    const theirs = await api.mutate('members.upsert', { externalId: 'm' }, { key: other.key });
    await api.mutate('links.create', { memberId: theirs.data.id, slug: 'only-one' }, { key: other.key });
    const { id } = await api.member();
    const send = () => api.mutate('links.create', { memberId: id, slug: 'only-one' });
    await expectRefused(api, send, { status: 409, code: 'slug_taken' });
  });

  it.each([
    [
      'a destination off the program’s hosts',
      { destination: 'https://evil.example/' },
      422,
      'destination_forbidden',
    ],
    [
      'a destination that only looks like its host',
      { destination: 'https://shop.example.evil.example/' },
      422,
      'destination_forbidden',
    ],
    [
      'a destination behind a user name',
      { destination: 'https://shop.example@evil.example/' },
      422,
      'destination_forbidden',
    ],
    ['a destination without a scheme', { destination: '//evil.example/' }, 422, 'destination_forbidden'],
    ['a slug with a slash', { slug: 'a/b/c' }, 400, 'slug_malformed'],
    ['a slug of 51 characters', { slug: 'x'.repeat(51) }, 400, 'slug_malformed'],
    ['a reserved slug', { slug: 'admin' }, 422, 'slug_reserved'],
    ['a profane slug', { slug: 'shit-happens' }, 422, 'slug_profane'],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'input_invalid'],
  ])('are refused with %s', async (_what, change, status, code) => {
    const { id } = await api.member();
    await expectRefused(api, () => api.mutate('links.create', { memberId: id, ...change }), { status, code });
  });

  it('404 for a member who is not there', async () => {
    await expectRefused(api, () => api.mutate('links.create', { memberId: newId() }), {
      status: 404,
      code: 'member_unknown',
    });
  });
});

describe('the clicks of a link', () => {
  const DAY_MS = 86_400_000;
  const agent = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  };
  const click = (code: string, query = '', headers: Record<string, string> = agent) =>
    api.send(`/r/${code}${query}`, { headers });
  const span = (from_ms: number, to_ms: number) => ({
    from: new Date(from_ms).toISOString(),
    to: new Date(to_ms).toISOString(),
  });
  const dayOf = (at_ms: number) => new Date(at_ms).toISOString().slice(0, 10);
  const makeLink = async () => {
    const { id } = await api.member();
    return (await api.mutate('links.create', { memberId: id })).data as { id: string; code: string };
  };

  // At noon, so that no midnight comes between, and days ago, as no click happens later than it comes.
  beforeEach(() => api.advance(Date.now() - api.now() - DAY_MS * 2.5 - (Date.now() % DAY_MS)));

  it('are counted by day and source, people’s alone, and within the span alone', async () => {
    const [link, other] = [await makeLink(), await makeLink()];
    const first_ms = api.now();
    const queries = ['', '?utm_source=Mail', '?utm_source=mail&gclid=1', '?gclid=1', '?ScCid=1'];
    for (const query of queries) await click(link.code, query);
    await click(other.code);
    await click(link.code, '', { 'user-agent': 'curl/8.0' });
    api.advance(DAY_MS);
    const second_ms = api.now();
    await click(link.code, '?utm_source=mail');
    const end_ms = api.now() + 1;
    const read = (from_ms: number, to_ms: number) =>
      api.client.links.clicks.query({ id: link.id, ...span(from_ms, to_ms) });
    const [today, tomorrow] = [dayOf(first_ms), dayOf(second_ms)];
    expect(await read(first_ms, end_ms)).toEqual({
      linkId: link.id,
      timeZone: 'UTC',
      clicks: 6,
      items: [
        { day: today, source: 'mail', clicks: 2 },
        { day: today, source: 'google', clicks: 1 },
        { day: today, source: 'snap', clicks: 1 },
        { day: today, source: null, clicks: 1 },
        { day: tomorrow, source: 'mail', clicks: 1 },
      ],
    });
    expect(await read(second_ms, end_ms)).toMatchObject({ clicks: 1 });
    expect(await read(first_ms - DAY_MS, first_ms)).toMatchObject({ clicks: 0, items: [] });
  });

  it('have twenty sources at the most, the frequent ones, and none is lost', async () => {
    const link = await makeLink();
    const from_ms = api.now();
    await click(link.code, '?utm_source=s24');
    for (let at = 0; at < 25; at += 1) await click(link.code, `?utm_source=s${at}`);
    const { clicks, items } = await api.client.links.clicks.query({
      id: link.id,
      ...span(from_ms, api.now() + 1_000),
    });
    expect([clicks, items.length]).toEqual([26, 21]);
    expect(items[0]).toMatchObject({ source: '(other)', clicks: 5 });
    expect(items[1]).toMatchObject({ source: 's24', clicks: 2 });
  });

  it.each([
    ['of 400 days and a millisecond', 400 * DAY_MS + 1],
    ['that ends as it begins', 0],
    ['that ends before it begins', -1],
  ])('are refused for a span %s', async (_what, length_ms) => {
    const { id } = await makeLink();
    const send = () => api.query('links.clicks', { id, ...span(0, length_ms) });
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
    expect((await api.query('links.clicks', { id, ...span(0, 400 * DAY_MS) })).data.clicks).toBe(0);
  });

  it('of another program’s link are 404', async () => {
    const other = await api.program();
    const { id } = await makeLink();
    const send = () => api.query('links.clicks', { id, ...span(0, DAY_MS) }, { key: other.key });
    await expectRefused(api, send, { status: 404, code: 'not_found' });
  });
});

describe('a link that an operator switches', () => {
  const note = 'Posted where it does not belong.';
  const agent = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  };
  const landing = async (code: string) =>
    new URL((await api.send(`/r/${code}`, { headers: agent })).headers.get('location') ?? '').searchParams;

  it('off and on, the member’s own too, leads home and then on, each once on record', async () => {
    const member = await api.member();
    const own = await api.db.link.findUniqueOrThrow({ where: { code: member.referralCode } });
    const say = (verb: 'enable' | 'disable') => api.mutate(`links.${verb}`, { id: own.id, note });
    expect((await say('enable')).data.status).toBe('active');
    for (let time = 0; time < 2; time += 1) expect((await say('disable')).data.status).toBe('disabled');
    expect((await landing(own.code)).get('rlink')).toBe('disabled');
    expect((await say('enable')).data.status).toBe('active');
    expect((await landing(own.code)).get('rclk')).not.toBeNull();
    const log = (await api.query('audit.list', { subject: own.id })).data.items;
    expect(log.map(({ action, detail }: { action: string; detail: object }) => [action, detail])).toEqual(
      ['link.enabled', 'link.disabled'].map((action) => [action, { note, memberId: member.id }]),
    );
  });

  it('is refused without a note, and as 404 in another program', async () => {
    const member = await api.member();
    const { id } = await api.db.link.findUniqueOrThrow({ where: { code: member.referralCode } });
    await expectRefused(api, () => api.mutate('links.enable', { id }), {
      status: 400,
      code: 'input_invalid',
    });
    const other = await api.program();
    const send = () => api.mutate('links.disable', { id, note }, { key: other.key });
    await expectRefused(api, send, { status: 404, code: 'not_found' });
  });
});
