import { beforeAll, describe, expect, it } from 'vitest';
import { INNOCENT } from '../../domain/links/agents.ts';
import { useApi } from './harness.ts';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

let memberId: string;
let code: string;
const api = useApi();

beforeAll(async () => {
  const member = await api.member();
  memberId = member.id;
  code = member.referralCode;
});

const click = (path = code, headers: Record<string, string> = {}, method = 'GET') =>
  api.send(`/r/${path}`, { method, headers: { 'user-agent': BROWSER, ...headers } });
const location = (answer: { headers: Headers }) => new URL(answer.headers.get('location') ?? '');
const cookieOf = (answer: { headers: Headers }) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
const touches = () => api.db.touch.count({ where: { programId: api.programId } });

describe('a click', () => {
  it('is in the database before the visitor is sent on, and its id goes with them', async () => {
    const answer = await click();
    expect(answer.status).toBe(302);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
    const landing = location(answer);
    expect(landing.origin + landing.pathname + landing.hash).toBe('https://shop.example/welcome#top');
    expect(landing.searchParams.get('a')).toBe('1');
    expect(landing.searchParams.get('rcode')).toBe(code);
    const touch = await api.db.touch.findFirstOrThrow({
      where: { id: landing.searchParams.get('rclk') ?? '' },
    });
    expect(touch).toMatchObject({ programId: api.programId, paidClick: null });
    expect(touch.visitorId).toBe(cookieOf(answer).slice(3));
  });

  it('keeps neither address nor user agent, but keyed hashes of both', async () => {
    await click();
    const rows = JSON.stringify(await api.db.touch.findMany());
    expect(rows).not.toContain('127.0.0.1');
    expect(rows).not.toContain('Firefox');
    expect(JSON.parse(rows)[0].ipHash).toMatch(/^[0-9a-f]{32}$/);
  });

  it('sets a cookie for 90 days that scripts and other sites do not see', async () => {
    expect((await click()).headers.get('set-cookie')).toMatch(
      /^rv=[0-9a-f-]{36}; Max-Age=7776000; Path=\/; SameSite=Lax; HttpOnly$/,
    );
  });

  it('by one visitor on one link within the hour counts once, and keeps the first click’s id', async () => {
    // No click happens later than it comes, so the first ones are of two hours ago.
    api.advance(-7_200_000);
    const first = await click();
    const count = await touches();
    const cookie = cookieOf(first);
    const again = [await click(code, { cookie }), await click(code, { cookie })];
    expect(again.map((answer) => location(answer).searchParams.get('rclk'))).toEqual(
      Array(2).fill(location(first).searchParams.get('rclk')),
    );
    expect(await touches()).toBe(count);
    api.advance(7_200_000);
    expect(location(await click(code, { cookie })).searchParams.get('rclk')).not.toBe(
      location(first).searchParams.get('rclk'),
    );
    expect(await touches()).toBe(count + 1);
  });

  it('ten times at once by a visitor who is known counts once', async () => {
    const cookie = `rv=${crypto.randomUUID()}`;
    const before = await touches();
    await Promise.all(Array.from({ length: 10 }, () => click(code, { cookie })));
    expect(await touches()).toBe(before + 1);
  });

  it('passes the visitor’s query on, and keeps only click ids and the source of it', async () => {
    const answer = await click(
      `${code}?gclid=abc%20d&fbclid=xyz&utm_source=Mail&email=a@b.example&a=2&rclk=forged`,
    );
    const landing = location(answer);
    expect(Object.fromEntries(landing.searchParams)).toMatchObject({
      a: '1',
      gclid: 'abc d',
      fbclid: 'xyz',
      utm_source: 'Mail',
      email: 'a@b.example',
    });
    expect(landing.searchParams.getAll('rclk')).toEqual([expect.stringMatching(UUID)]);
    const touch = await api.db.touch.findFirstOrThrow({
      where: { id: landing.searchParams.get('rclk') ?? '' },
    });
    expect(touch).toMatchObject({ paidClick: { gclid: 'abc d', fbclid: 'xyz' }, source: 'mail' });
    expect(JSON.stringify(touch)).not.toContain('b.example');
  });

  it.each(INNOCENT)('of a person counts. $reason', async ({ example }) => {
    const before = await touches();
    const answer = await click(code, { 'user-agent': example });
    expect(location(answer).searchParams.get('rclk')).toMatch(UUID);
    expect(await touches()).toBe(before + 1);
  });

  it('with click ids in whatever case keeps them and passes them on as their owners spell them', async () => {
    const answer = await click(`${code}?rdt_cid=R1&sccid=S1&GBRAID=g&wbraid=w&dclid=d&epik=e`);
    const ids = { rdt_cid: 'R1', ScCid: 'S1', gbraid: 'g', wbraid: 'w', dclid: 'd', epik: 'e' };
    expect(Object.fromEntries(location(answer).searchParams)).toMatchObject(ids);
    const id = location(answer).searchParams.get('rclk') ?? '';
    expect((await api.db.touch.findFirstOrThrow({ where: { id } })).paidClick).toEqual(ids);
  });

  it('with a forged cookie gets a new visitor', async () => {
    const answer = await click(code, { cookie: "rv='; DROP TABLE touches; --" });
    expect(cookieOf(answer)).toMatch(/^rv=[0-9a-f-]{36}$/);
  });

  it.each([
    ['in capitals', (path: string) => path.toUpperCase()],
    ['with a slash behind it', (path: string) => `${path}/`],
    ['with a slash and a query', (path: string) => `${path}/?utm_source=x`],
  ])('finds its code %s too', async (_how, written) => {
    const before = await touches();
    const answer = await click(written(code));
    expect([answer.status, location(answer).searchParams.get('rcode')]).toEqual([302, code]);
    expect(await touches()).toBe(before + 1);
  });
});

describe('what is no click leads on and is not recorded', () => {
  it.each([
    [
      'a bot',
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
      'GET',
    ],
    ['a link preview', { 'user-agent': 'facebookexternalhit/1.1' }, 'GET'],
    ['a script', { 'user-agent': 'curl/8.0' }, 'GET'],
    ['a scanner of mail', { 'user-agent': 'Barracuda Sentinel (EE)' }, 'GET'],
    ['one that says nothing of itself', { 'user-agent': '' }, 'GET'],
    ['a browser that renders ahead', { 'sec-purpose': 'prefetch;prerender' }, 'GET'],
    ['a proxy that fetches ahead', { 'sec-purpose': 'prefetch;anonymous-client-ip' }, 'GET'],
    ['a Chrome of before that fetches ahead', { purpose: 'prefetch' }, 'GET'],
    ['a Firefox of before that fetches ahead', { 'x-moz': 'prefetch' }, 'GET'],
    ['a Safari that draws a preview', { 'x-purpose': 'preview' }, 'GET'],
    ['a HEAD request', {}, 'HEAD'],
  ])('%s', async (_what, headers, method) => {
    const before = await touches();
    const answer = await click(code, headers as Record<string, string>, method);
    expect(answer.status).toBe(302);
    expect(location(answer).searchParams.get('rcode')).toBe(code);
    expect(location(answer).searchParams.has('rclk')).toBe(false);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await touches()).toBe(before);
  });
});

describe('a link that does not count', () => {
  const leadsHome = async (path: string, end: string) => {
    const before = await touches();
    const answer = await click(`${path}?utm_source=mail`);
    expect([answer.status, answer.headers.get('location')]).toEqual([
      302,
      `https://shop.example/welcome?a=1&rlink=${end}&utm_source=mail#top`,
    ]);
    for (const method of ['GET', 'HEAD']) {
      const machine = await click(path, { 'user-agent': 'curl/8.0' }, method);
      expect([machine.status, machine.headers.get('location')]).toEqual([404, null]);
    }
    expect(await touches()).toBe(before);
  };

  it('because it was disabled leads people to the program’s page, machines to 404', async () => {
    const link = await api.mutate('links.create', { memberId });
    expect(location(await click(link.data.code)).searchParams.has('rclk')).toBe(true);
    await api.mutate('links.disable', { id: link.data.id });
    await leadsHome(link.data.code, 'disabled');
  });

  it('because it expired leads there too', async () => {
    const expiresAt = new Date(Date.now() + 48 * 3_600_000).toISOString();
    const link = await api.mutate('links.create', { memberId, expiresAt });
    expect(location(await click(link.data.code)).searchParams.has('rclk')).toBe(true);
    api.advance(48 * 3_600_000);
    await leadsHome(link.data.code, 'expired');
  });

  it('because its program is paused leads there too', async () => {
    const other = await api.program();
    const member = await api.mutate('members.upsert', { externalId: 'm' }, { key: other.key });
    await api.mutate('programs.pause', undefined, { key: other.key });
    const answer = await click(member.data.referralCode);
    expect(answer.headers.get('location')).toBe(
      'https://shop.example/welcome?a=1&rlink=program_not_live#top',
    );
    expect(await api.db.touch.count({ where: { programId: other.programId } })).toBe(0);
  });

  it.each(['zzzzzzz', 'no-such-slug', 'a', `${'x'.repeat(60)}`, '%2e%2e%2fetc', "'--"])(
    'because nobody has %s is 404: a page for people, plain text for machines',
    async (path) => {
      const answer = await click(path, { 'accept-language': 'de-AT,de;q=0.9' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.text).toContain('Diesen Link gibt es nicht.');
      expect((await click(path)).text).toContain('There is no such link.');
      const machine = await click(path, { 'user-agent': 'curl/8.0' });
      expect([machine.status, machine.headers.get('content-type')]).toEqual([
        404,
        'text/plain; charset=utf-8',
      ]);
      for (const { headers } of [answer, machine]) expect(headers.get('location')).toBeNull();
    },
  );
});

describe('never an open redirect', () => {
  it('a destination that a program no longer allows is not followed from an older link', async () => {
    await api.mutate('programs.update', { allowedHosts: ['shop.example', 'campaign.example'] });
    const link = await api.mutate('links.create', { memberId, destination: 'https://campaign.example/x' });
    expect(location(await click(link.data.code)).host).toBe('campaign.example');
    await api.mutate('programs.update', { allowedHosts: ['shop.example'] });
    api.advance(5_001);
    expect(location(await click(link.data.code)).host).toBe('shop.example');
  });

  it('the query of a click cannot change where it leads', async () => {
    const answer = await click(
      `${code}?destination=https://evil.example&url=//evil.example&gclid=https://evil.example%23`,
    );
    expect(location(answer).host).toBe('shop.example');
  });
});
