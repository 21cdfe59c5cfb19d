import { describe, expect, test } from 'vitest';
import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import { RETRY_DELAYS_MS } from '../../domain/webhooks/retry.ts';
import { seedWebhook, status } from '../../tests/support/webhook-receiver.ts';
import { useWebhookRuns } from '../../tests/support/webhook-runs.ts';

const hooks = useWebhookRuns();
const { calls, endpoint, say, run } = hooks;

describe('an endpoint that fails', () => {
  test('is asked again by the published schedule, under the same id, and then given up on', async () => {
    const { id, deliveries } = await endpoint();
    hooks.receiver.reply(hooks.path, status(500));
    await say();
    const runFor = async (lane: 'first' | 'retry', now_ms: number) => {
      const begun_ms = performance.now();
      const { retryAt_ms } = await run(id, lane, now_ms);
      return { retryAt_ms, took_ms: Math.ceil(performance.now() - begun_ms) };
    };
    let now_ms = Date.now();
    let { retryAt_ms, took_ms } = await runFor('first', now_ms);
    for (const delay_ms of RETRY_DELAYS_MS) {
      if (retryAt_ms === null) throw new Error('given up too early');
      expect(retryAt_ms - now_ms).toBeGreaterThanOrEqual(delay_ms);
      expect(retryAt_ms - now_ms).toBeLessThanOrEqual(delay_ms * 1.2 + took_ms);
      expect((await run(id, 'retry', retryAt_ms - SECOND_MS)).run).toMatchObject({ delivered: 0, failed: 0 });
      now_ms = retryAt_ms;
      ({ retryAt_ms, took_ms } = await runFor('retry', now_ms));
    }
    expect(retryAt_ms).toBeNull();
    expect(new Set(calls().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(calls()).toHaveLength(10);
    const [row] = await deliveries();
    expect(row).toMatchObject({ state: 'failed', attempts: 10 });
    const entry = { status: 500, error: null, answer: 'said so' };
    expect(row?.log).toEqual(Array(10).fill(expect.objectContaining(entry)));
  });

  test.each([
    ['an error of its own', status(503), 'retrying', { status: 503 }],
    [
      'a redirect, which is not followed',
      status(302, { location: 'http://127.0.0.1/' }),
      'retrying',
      { status: 302 },
    ],
    ['silence', () => undefined, 'retrying', { status: null, error: 'timed_out' }],
    [
      'a broken connection',
      (response: { destroy(): void }) => response.destroy(),
      'retrying',
      { error: 'unreachable' },
    ],
  ] as const)('by %s keeps the message', async (_, reply, state, entry) => {
    const { id, deliveries } = await endpoint();
    hooks.receiver.reply(hooks.path, reply);
    await say();
    await run(id);
    expect(await deliveries()).toMatchObject([{ state, attempts: 1, log: [entry] }]);
  });

  test('and asks for patience gets it', async () => {
    const { id } = await endpoint();
    hooks.receiver.reply(hooks.path, status(429, { 'retry-after': '3600' }));
    await say();
    const now_ms = Date.now();
    const { retryAt_ms } = await run(id, 'first', now_ms);
    expect((retryAt_ms ?? 0) - now_ms).toBeGreaterThanOrEqual(3_600_000);
  });

  test('again and again is left alone, with what waits in its place', async () => {
    const { id, deliveries } = await endpoint();
    hooks.receiver.reply(hooks.path, status(500));
    for (let turn = 0; turn < 60; turn += 1) await say();
    const report = await run(id);
    expect(report).toMatchObject({ rest_ms: 30_000, run: { more: true, isStruggling: true } });
    const waiting = (await deliveries()).filter(({ state }) => state === 'waiting');
    expect(waiting.length).toBeGreaterThanOrEqual(60 - 10 - 16);
    hooks.receiver.reply(hooks.path, status(204));
    expect(await run(id)).toMatchObject({ rest_ms: null, run: { delivered: waiting.length, more: false } });
  });

  test('for five days is disabled, which its program’s other endpoints are told', async () => {
    const { id, row } = await endpoint();
    const other = await seedWebhook(hooks.database.db, hooks.programId, {
      url: `${hooks.receiver.url}/other`,
      types: ['webhook.disabled'],
    });
    hooks.receiver.reply(hooks.path, status(500));
    await say();
    const now_ms = Date.now();
    await run(id, 'first', now_ms);
    await say();
    await run(id, 'first', now_ms + 4 * DAY_MS);
    expect(await row()).toMatchObject({ status: 'active', failingSince: expect.any(Date) });
    await say();
    await run(id, 'first', now_ms + 5 * DAY_MS + SECOND_MS);
    expect(await row()).toMatchObject({ status: 'disabled', reason: 'failing' });
    expect(await run(id)).toMatchObject({ status: 'ended' });
    await run(other.id);
    expect(hooks.receiver.calls.at(-1)?.body).toMatchObject({ data: { endpointId: id, reason: 'failing' } });
    expect(
      await hooks.database.db.auditEntry.count({
        where: { programId: hooks.programId, action: 'webhook.disabled' },
      }),
    ).toBe(1);
  });

  test('and then works is not counted as failing any more', async () => {
    const { id, row } = await endpoint();
    hooks.receiver.reply(hooks.path, status(500));
    await say();
    await run(id);
    expect((await row()).failingSince).not.toBeNull();
    hooks.receiver.reply(hooks.path, status(200));
    await say();
    await run(id);
    expect((await row()).failingSince).toBeNull();
  });

  test('by 410 Gone is disabled at once and told nothing more', async () => {
    const { id, row, deliveries } = await endpoint();
    hooks.receiver.reply(hooks.path, status(410));
    await say();
    await run(id);
    expect(await row()).toMatchObject({ status: 'disabled', reason: 'gone' });
    await say();
    expect(await deliveries()).toMatchObject([{ state: 'failed', attempts: 1 }]);
  });
});

test('more retries than one claim takes are each made once', async () => {
  const { id, deliveries } = await endpoint();
  for (let turn = 0; turn < 52; turn += 1) await Promise.all(Array.from({ length: 10 }, () => say()));
  await hooks.database.db.webhookDelivery.updateMany({
    where: { endpointId: id },
    data: { state: 'retrying', attempts: 1, dueAt: new Date(0) },
  });
  expect((await run(id, 'retry')).run).toMatchObject({ delivered: 500, more: true });
  expect((await run(id, 'retry')).run).toMatchObject({ delivered: 20, more: false });
  expect(calls()).toHaveLength(520);
  expect((await deliveries()).every(({ state, attempts }) => state === 'delivered' && attempts === 2)).toBe(
    true,
  );
});

describe('killed right here, and run again', () => {
  test('after the call, before the record: the message is sent again under its id and number', async () => {
    const { id, deliveries } = await endpoint();
    await say();
    let release: () => void = () => undefined;
    hooks.receiver.reply(hooks.path, async (response) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      response.writeHead(204).end();
    });
    const lost = run(id);
    await expect.poll(() => calls().length).toBe(1);
    hooks.receiver.reply(hooks.path, status(204));
    expect((await run(id)).run).toMatchObject({ delivered: 1 });
    release();
    await lost;
    const [first, second] = calls();
    expect(second?.body).toEqual(first?.body);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 1, log: [{ status: 204 }] }]);
  });

  test('while the past is queued: the next step goes on, and nothing is queued twice', async () => {
    await say();
    await say();
    const from = new Date(Date.now() - DAY_MS);
    const { id, row, deliveries } = await endpoint({ status: 'filling', fillFrom: from });
    await say();
    expect(await run(id)).toMatchObject({ status: 'filling' });
    const step = (after: string | null) =>
      hooks.activities.fillWebhook({ programId: hooks.programId, endpointId: id, after: after ?? '0' });
    const { last } = await step('0');
    expect(last).not.toBeNull();
    await step('0');
    expect((await row()).status).toBe('filling');
    expect(await step(last)).toEqual({ last: null });
    expect(await row()).toMatchObject({ status: 'active', fillFrom: null });
    expect(await deliveries()).toHaveLength(3);
    await run(id);
    expect(calls().map(({ body }) => body.data.nth)).toEqual(
      calls()
        .map(({ body }) => body.data.nth)
        .toSorted((a, b) => a - b),
    );
  });
});

test('a secret that the deployment cannot open keeps the messages and calls nobody', async () => {
  const { id, deliveries } = await endpoint();
  await hooks.database.db.webhookSecret.updateMany({
    where: { endpointId: id },
    data: { sealed: 'v1.a.b.c.d' },
  });
  await say();
  expect(await run(id)).toMatchObject({ status: 'locked', rest_ms: 900_000 });
  expect(await deliveries()).toMatchObject([{ state: 'waiting' }]);
});
