import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { exampleBody } from '../../api/webhooks/types.ts';
import { cursorText } from '../../domain/feed/position.ts';
import { openFeed, readAtRandom, refusalOf } from './feed-harness.ts';
import { useFeedWriters, writeAtRandom } from './feed-writers.ts';
import { useApi } from './harness.ts';
import { useTokens } from './tokens-harness.ts';

const api = useApi();
const { mint } = useTokens(api);
const { tellClosed, tellReward, writer } = useFeedWriters(api);
let [annId, benId, ann] = ['', '', ''];

beforeAll(async () => {
  annId = (await api.member('ann')).id;
  benId = (await api.member('ben')).id;
  ann = await mint({ externalId: 'ann' });
});

describe("a program's feed", () => {
  it('begins with its position, and tells what happens from then on as webhooks tell it', async () => {
    await tellReward(annId);
    const feed = await openFeed(api, '/feed', { headers: { 'accept-encoding': 'gzip' } });
    expect([feed.status, feed.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    expect(feed.headers.get('cache-control')).toBe('no-store');
    expect(feed.headers.get('x-accel-buffering')).toBe('no');
    expect(feed.headers.get('content-encoding')).toBeNull();
    expect((await feed.next())?.type).toBe('position');
    const rewardId = await tellReward(annId);
    const event = await feed.next();
    const { sequence: _, ...webhook } = exampleBody('reward.granted');
    expect(Object.keys(event?.data)).toEqual(Object.keys(webhook));
    expect(event?.data).toMatchObject({
      type: 'reward.granted',
      programId: api.programId,
      members: [{ id: annId, externalId: 'ann' }],
      data: { rewardId, memberId: annId },
    });
    await feed.close();
  });

  it('does not miss what commits late, whatever its id, nor does who reads on from later', async () => {
    const feed = await openFeed(api, '/feed?types=referral.closed');
    await feed.next();
    const [late, early] = [await writer(), await writer()];
    await late.begin();
    const lateId = await late.tell();
    await early.begin();
    const earlyId = await early.tell();
    await early.end('COMMIT');
    const first = await feed.next();
    expect(first?.data.data.referralId).toBe(earlyId);
    await late.end('COMMIT');
    expect((await feed.next())?.data.data.referralId).toBe(lateId);
    await feed.close();
    const again = await openFeed(api, '/feed?types=referral.closed', { after: first?.id ?? '' });
    expect((await again.next())?.data.data.referralId).toBe(lateId);
    expect((await again.next())?.type).toBe('position');
    await again.close();
  });

  it('is taken up exactly where it was, by header or address, and the header goes before', async () => {
    const feed = await openFeed(api, '/feed?types=referral.closed');
    const start = (await feed.next())?.id ?? '';
    const told = [await tellClosed(), await tellClosed()];
    const [first] = await feed.until(({ data }) => data.data?.referralId === told[1]);
    await feed.close();
    told.push(...(await tellClosed(1_200)));
    const ids = async (path: string, after?: string) => {
      const again = await openFeed(api, path, after === undefined ? {} : { after });
      const events = await again.until(({ type }) => type === 'position');
      await again.close();
      return events.slice(0, -1).map(({ data }) => data.data.referralId);
    };
    const address = `/feed?types=referral.closed&after=${start}`;
    expect(await ids(address)).toEqual(told);
    expect(await ids(address, first?.id)).toEqual(told.slice(1));
  });

  it('has what one asks for: types of messages, and one member', async () => {
    const types = await openFeed(api, '/feed?types=reward.granted&types=points.earned');
    const member = await openFeed(api, `/feed?memberId=${benId}`);
    const { externalId } = await api.db.member.findUniqueOrThrow({
      where: { programId_id: { programId: api.programId, id: benId } },
    });
    const named = await openFeed(api, `/feed?externalId=${externalId}`);
    await Promise.all([types.next(), member.next(), named.next()]);
    await tellClosed();
    await tellReward(annId);
    const rewardId = await tellReward(benId);
    const seen = await types.until(({ data }) => data.data.rewardId === rewardId);
    expect(seen.map(({ data }) => data.data.memberId)).toEqual([annId, benId]);
    expect((await member.next())?.data.data.rewardId).toBe(rewardId);
    expect((await named.next())?.data.data.rewardId).toBe(rewardId);
    await Promise.all([types.close(), member.close(), named.close()]);
    const both = `/feed?memberId=${benId}&externalId=${externalId}`;
    expect(await refusalOf(api, both)).toEqual([400, 'input_invalid']);
    expect(await refusalOf(api, '/feed?types=nothing.known')).toEqual([400, 'input_invalid']);
    expect(await refusalOf(api, `/feed?other=1`)).toEqual([400, 'input_invalid']);
  });

  it('is of one program: no other sees it, by no key and no header', async () => {
    const other = await api.program();
    const [own, theirs, platform] = await Promise.all([
      openFeed(api, '/feed'),
      openFeed(api, '/feed', { token: other.key }),
      openFeed(api, '/feed', { token: api.platformKey, headers: { 'x-program-id': other.programId } }),
    ]);
    await Promise.all([own.next(), theirs.next(), platform.next()]);
    const referralId = await tellClosed();
    const theirsId = (await tellClosed(1, other.programId))[0];
    expect((await own.next())?.data.data.referralId).toBe(referralId);
    expect((await theirs.next())?.data.data.referralId).toBe(theirsId);
    expect((await platform.next())?.data.data.referralId).toBe(theirsId);
    await Promise.all([own.close(), theirs.close(), platform.close()]);
    const foreign = { token: other.key, headers: { 'x-program-id': api.programId } };
    expect(await refusalOf(api, '/feed', foreign)).toEqual([404, 'not_found']);
    const { token } = await api.key(['events:write']);
    expect(await refusalOf(api, '/feed', { token })).toEqual([403, 'scope_missing']);
    expect(await refusalOf(api, '/feed', { token: ann })).toEqual([401, 'unauthenticated']);
    expect(await refusalOf(api, '/feed?token=rk_abc')).toEqual([400, 'request_invalid']);
  });
});

describe('a cursor is refused', () => {
  const seen = { xmin: 5n, xmax: 5n, running: [] };

  it.each([
    ['that no feed gave', 'nonsense', [400, 'input_invalid']],
    [
      'that is older than seven days',
      cursorText({ position: { seen, part: null }, at_ms: Date.now() - 8 * 86_400_000 }),
      [410, 'cursor_gone'],
    ],
    [
      'of another database',
      cursorText({ position: { seen: { ...seen, xmax: 2n ** 60n + 7n }, part: null }, at_ms: Date.now() }),
      [410, 'cursor_gone'],
    ],
  ])('%s', async (_what, after, refusal) => {
    expect(await refusalOf(api, '/feed', { after })).toEqual(refusal);
  });
});

describe('while writers commit in any order and a reader comes and goes', () => {
  it('each message arrives once, those of one subject in the order in which they were decided', async () => {
    const path = '/feed?types=referral.qualified';
    const start = await openFeed(api, path);
    const begin = (await start.next())?.id ?? '';
    await start.close();
    const subjects = [randomUUID(), randomUUID(), randomUUID()];
    const writers = await Promise.all(Array.from({ length: 6 }, () => writer()));
    const writing = Promise.all(writers.map((own) => writeAtRandom(own, subjects, 20)));
    const seen = await readAtRandom(api, path, begin, writing);
    const told = (await writing).flat();
    expect(told.length).toBeGreaterThan(100);
    expect(seen.map(({ id }) => id)).toEqual([...new Set(seen.map(({ id }) => id))]);
    expect(seen.map(({ data: { referralId, nth } }) => `${referralId}:${nth}`).sort()).toEqual(told.sort());
    for (const subject of subjects) {
      const nths = seen.filter(({ data }) => data.referralId === subject).map(({ data }) => data.nth);
      expect(nths).toEqual(nths.toSorted((a, b) => a - b));
    }
  });
});
