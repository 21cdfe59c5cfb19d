import { describe, expect, it } from 'vitest';
import { createRateLimit, WINDOW_MS } from '../../api/rest/rate-limit.ts';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const LIMIT = 20;
const api = useApi({ rateLimit_per_minute: LIMIT });
const rest = useRest(api);

/** A moment well inside a window. */
const noon = () => Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS + WINDOW_MS * 10;

describe('the limit of a key', () => {
  it('is told with each answer, and beyond it 429 with when to go on', async () => {
    const { token } = await api.key(['read']);
    const ask = () => rest.call('GET', '/members', undefined, { authorization: `Bearer ${token}` });
    const answers = [];
    for (let nth = 0; nth <= LIMIT; nth += 1) answers.push(await ask());
    const [first] = answers;
    expect(first?.headers.get('ratelimit-policy')).toBe(`"key";q=${LIMIT};w=60`);
    expect(first?.headers.get('ratelimit')).toMatch(/^"key";r=19;t=\d+$/);
    const last = answers.at(-1);
    expect(last).toMatchObject({ status: 429, body: { code: 'rate_limited', status: 429 } });
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answers.slice(0, -1).every(({ status }) => status === 200)).toBe(true);
  });

  it('is its own: another key goes on', async () => {
    expect((await rest.call('GET', '/members')).status).toBe(200);
  });

  it('holds over all processes, however their requests mix', async () => {
    const { id } = await api.key(['read']);
    const at = noon();
    const processes = Array.from({ length: 3 }, () => createRateLimit(api.db, () => at, 100));
    const asked = await Promise.all(Array.from({ length: 300 }, (_, nth) => processes[nth % 3]?.take(id)));
    expect(asked.filter((it) => it?.isAllowed)).toHaveLength(100);
  });

  it('begins anew with each window, also for a process whose clock is a little behind', async () => {
    const { id } = await api.key(['read']);
    let at = noon();
    const limit = createRateLimit(api.db, () => at, 50);
    const take = async () => (await limit.take(id))?.isAllowed;
    for (let nth = 0; nth < 50; nth += 1) expect(await take()).toBe(true);
    expect(await take()).toBe(false);
    at += WINDOW_MS;
    expect(await take()).toBe(true);
  });
});
