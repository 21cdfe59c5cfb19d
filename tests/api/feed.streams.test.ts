import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { readText } from '../support/documents.ts';
import { until } from '../support/hand-over.ts';
import { openFeed, openStreams, refusalOf } from './feed-harness.ts';
import { useFeedWriters } from './feed-writers.ts';
import { startApi, useApi } from './harness.ts';
import { useTokens } from './tokens-harness.ts';

/** A path in a text, so that the example is not compiled. */
const EXAMPLE: string = '../../docs/examples/follow-feed.mjs';

const api = useApi();
const { mint, configure } = useTokens(api);
const { tellClosed, tellReward } = useFeedWriters(api);
let [annId, benId, ann, ben] = ['', '', '', ''];

beforeAll(async () => {
  annId = (await api.member('ann')).id;
  benId = (await api.member('ben')).id;
  ann = await mint({ externalId: 'ann', ttl_s: 3_600 });
  ben = await mint({ externalId: 'ben', ttl_s: 3_600 });
});

const mine = (query = '', programId = api.programId) => `/programs/${programId}/me/feed${query}`;

describe("a member's feed", () => {
  it('tells the member what concerns them, and nothing of others', async () => {
    const [hers, his] = [
      await openFeed(api, mine(), { token: ann }),
      await openFeed(api, mine(), { token: ben }),
    ];
    await Promise.all([hers.next(), his.next()]);
    const [annsReward, bensReward] = [await tellReward(annId), await tellReward(benId)];
    const event = await hers.next();
    expect(event?.data).toEqual({
      id: expect.any(String),
      type: 'reward.granted',
      timestamp: expect.any(String),
      programId: api.programId,
      data: expect.objectContaining({ rewardId: annsReward, kind: 'credit' }),
    });
    expect((await his.next())?.data.data.rewardId).toBe(bensReward);
    await tellReward(annId);
    await hers.next();
    expect(hers.text()).not.toContain(bensReward);
    expect(hers.text()).not.toContain(benId);
    await Promise.all([hers.close(), his.close()]);
  });

  it('is for the token of a member of this program alone', async () => {
    const other = await api.program();
    expect(await refusalOf(api, mine('', other.programId), { token: ann })).toEqual([401, 'token_foreign']);
    expect(await refusalOf(api, mine())).toEqual([401, 'unauthenticated']);
    expect(await refusalOf(api, mine('?types=budget.warned'), { token: ann })).toEqual([
      400,
      'input_invalid',
    ]);
    expect(await refusalOf(api, mine(`?memberId=${benId}`), { token: ann })).toEqual([400, 'input_invalid']);
  });

  it('is read by pages of the program’s origins, with Last-Event-ID', async () => {
    const origin = 'https://shop.example';
    await configure({ origins: [origin] });
    const preflight = await api.send(`/api/v1${mine()}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,last-event-id',
      },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('last-event-id');
    const feed = await openFeed(api, mine(), { token: ann, headers: { origin } });
    expect(feed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(feed.headers.get('cache-control')).toBe('no-store');
    await feed.close();
  });

  it('is open ten times at the most, and again when one is closed', async () => {
    const feeds = await Promise.all(Array.from({ length: 10 }, () => openFeed(api, mine(), { token: ann })));
    expect(feeds.map(({ status }) => status)).toEqual(feeds.map(() => 200));
    expect(await refusalOf(api, mine(), { token: ann })).toEqual([429, 'too_many_streams']);
    const open = await openStreams(api);
    await feeds[0]?.close();
    await until('a place that is free', async () => (await openStreams(api)) < open);
    const next = await openFeed(api, mine(), { token: ann });
    expect(next.status).toBe(200);
    await Promise.all([next, ...feeds].map((feed) => feed.close()));
  });
});

describe('an open stream', () => {
  it('ends within seconds once its key is revoked', async () => {
    const { id, token } = await api.key(['read']);
    const feed = await openFeed(api, '/feed', { token });
    await feed.next();
    expect(
      (
        await api.mutate(
          'keys.revoke',
          { id },
          { key: api.platformKey, headers: { 'x-program-id': api.programId } },
        )
      ).status,
    ).toBe(200);
    await feed.rest();
    expect(feed.text()).toMatch(/\n\n: key_revoked\n\n$/);
    expect(await refusalOf(api, '/feed', { token })).toEqual([401, 'key_revoked']);
  });

  it('is let go when its reader takes nothing, and holds up no other', async () => {
    const other = await openFeed(api, '/feed?types=reward.granted');
    await other.next();
    const before = await openStreams(api);
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.pause();
    socket.write(
      `GET /api/v1/feed HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.programKey}\r\n\r\n`,
    );
    await until('the stream that nobody reads', async () => (await openStreams(api)) > before);
    // More than sockets on both sides hold.
    await api.db.$executeRaw`
      INSERT INTO outbox (program_id, key, subject, type, payload)
      SELECT ${api.programId}::uuid, 'big:' || n, 'member:1', 'badge.issued', jsonb_build_object(
        'rewardId', uuidv7(), 'credentialId', uuidv7(), 'memberId', ${annId}::text,
        'label', repeat('x', 20000))
      FROM generate_series(1, 700) n`;
    const rewardId = await tellReward(annId);
    expect((await other.next())?.data.data.rewardId).toBe(rewardId);
    let waited_ms = 0;
    await until('the reader that was let go', async () => {
      waited_ms += 1_000;
      api.advance(1_000);
      return (await openStreams(api)) === before;
    });
    // Long before its stream would have ended by itself.
    expect(waited_ms).toBeLessThan(240_000);
    socket.destroy();
    await other.close();
  });

  it('shows that it is alive every fifteen seconds', async () => {
    const feed = await openFeed(api, '/feed');
    await feed.next();
    api.advance(15_000);
    const end = feed.next();
    await until('a sign of life', async () => feed.text().includes('\n\n: alive\n\n'));
    await feed.close();
    expect(await end).toBeNull();
  });

  it('ends after some minutes, and the reader of the documents comes again and misses nothing', async () => {
    const { followFeed } = await import(EXAMPLE);
    const events: { type: string; data: { data: { referralId: string } } }[] = [];
    const ending = new AbortController();
    const following = followFeed({
      url: `${api.url}/api/v1/feed?types=referral.closed`,
      token: api.programKey,
      onEvent: (event: (typeof events)[number]) => events.push(event),
      signal: ending.signal,
    });
    await until('the position', async () => events.length === 1);
    const first = await tellClosed();
    await until('the first message', async () => events.length === 2);
    const before = await openStreams(api);
    api.advance(6 * 60_000);
    await until('the end of the stream', async () => (await openStreams(api)) < before);
    const second = await tellClosed();
    const ids = () => events.flatMap(({ type, data }) => (type === 'position' ? [] : [data.data.referralId]));
    await until('the second message', async () => ids().length === 2);
    expect(ids()).toEqual([first, second]);
    ending.abort();
    await following;
    const refused = followFeed({ url: `${api.url}/api/v1/feed`, token: 'rk_none', onEvent: () => undefined });
    await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('docs/FEED.md', () => {
  it('shows the reader of the example as it runs', () => {
    const code = readText('docs/examples/follow-feed.mjs');
    const shown = code.slice(code.indexOf('export async function')).replace('export ', '').trimEnd();
    expect(readText('docs/FEED.md')).toContain(shown);
  });
});

describe('a server that closes', () => {
  it('ends its streams at once', async () => {
    const closing = await startApi();
    const feed = await openFeed(closing, '/feed');
    await feed.next();
    const started_ms = Date.now();
    await closing.app.close();
    expect(Date.now() - started_ms).toBeLessThan(5_000);
    const rest = await feed.rest();
    expect(rest.at(-1)?.type).toBe('position');
    expect(feed.text()).toMatch(/: closing\n\n$/);
    await closing.close();
  });
});
