import { beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import { RETRY_DELAYS_MS } from '../../domain/webhooks/retry.ts';
import { addSecret, newSigningSecret } from '../../engine/webhooks/secrets.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useActivities } from '../../tests/support/play.ts';
import { seedMember, seedProgram, TEST_WEBHOOKS, testPolicy } from '../../tests/support/seed.ts';
import {
  after,
  seedWebhook,
  status,
  tellOf,
  useReceiver,
  verify,
} from '../../tests/support/webhook-receiver.ts';

const database = useDatabase();
const activities = useActivities(database);
const receiver = useReceiver();

let programId: string;
let path: string;
let url: string;

beforeEach(async () => {
  programId = await seedProgram(database.db, testPolicy());
  path = `/${newId()}`;
  url = receiver.url + path;
});

const calls = () => receiver.calls.filter((call) => call.path === path);
const endpoint = (data: object = {}) => seedWebhook(database.db, programId, { url, ...data });
const say = (referralId = newId()) => tellOf(database.db, programId, referralId);
const run = (endpointId: string, lane: 'first' | 'retry' = 'first', now_ms = Date.now()) =>
  activities.deliverWebhooks({ programId, endpointId, lane, struggles: 0, now_ms });

describe('what is sent', () => {
  test('is signed after Standard Webhooks, with the host’s own ids of the members', async () => {
    const { id, secret, deliveries } = await endpoint();
    const ann = await seedMember(database.db, programId, 'ann');
    await database.db.outbox.create({
      data: {
        programId,
        key: 'k',
        subject: `member:${ann.id}`,
        members: [],
        type: 'reward.available',
        payload: {
          rewardId: newId(),
          referralId: null,
          memberId: ann.id,
          amount: { minor: '5', unit: 'USD' },
        },
      },
    });
    expect(await run(id)).toMatchObject({ status: 'active', run: { delivered: 1, failed: 0, more: false } });
    const [call] = calls();
    if (call === undefined) throw new Error('nothing came');
    expect(verify(secret, call)).toEqual(call.body);
    expect(() => verify(newSigningSecret(), call)).toThrow();
    expect(call.body).toMatchObject({
      id: call.headers['webhook-id'],
      type: 'reward.available',
      programId,
      sequence: 1,
      subject: `member:${ann.id}`,
      version: 1,
      members: [{ id: ann.id, externalId: 'ann' }],
      data: { amount: { minor: '5', unit: 'USD' } },
    });
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 1, sequence: 1n }]);
  });

  test('has two signatures while a rotation lasts, and one after it', async () => {
    const { id, secret } = await endpoint();
    const next = newSigningSecret();
    const now = new Date();
    const change = { secret: TEST_WEBHOOKS.secret, signing: next, now, overlap_ms: DAY_MS };
    await database.db.$transaction((tx) => addSecret(tx, { programId, endpointId: id }, change));
    await say();
    await run(id);
    await say();
    await run(id, 'first', now.getTime() + DAY_MS + SECOND_MS);
    const [during, afterwards] = calls();
    if (during === undefined || afterwards === undefined) throw new Error('nothing came');
    for (const key of [secret, next]) expect(verify(key, during)).toBeTruthy();
    expect(during.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect(verify(next, afterwards)).toBeTruthy();
    expect(() => verify(secret, afterwards)).toThrow();
  });

  test('is only what the endpoint asked for, and nothing of another program', async () => {
    const { id } = await endpoint({ types: ['referral.expired'] });
    const other = await seedProgram(database.db, testPolicy());
    await say();
    await tellOf(database.db, other, newId());
    await run(id);
    expect(calls()).toEqual([]);
  });

  test('is a line of text for Slack', async () => {
    const { id } = await endpoint({ form: 'slack' });
    await say();
    await run(id);
    expect(calls()[0]?.body).toEqual({
      text: expect.stringMatching(/^\*referral\.qualified\* A referral qualified/),
    });
  });
});

describe('order', () => {
  test('messages of one subject arrive one after the other, however long each takes', async () => {
    const { id } = await endpoint();
    const [one, two] = [newId(), newId()];
    for (let turn = 0; turn < 10; turn += 1) {
      await say(one);
      await say(two);
    }
    receiver.reply(path, (response, call) => after(((call.body.sequence * 7) % 5) * 10)(response, call));
    await run(id);
    for (const subject of [one, two]) {
      const own = calls().filter(({ body }) => body.subject === `referral:${subject}`);
      const numbers = own.map(({ body }) => body.sequence as number);
      expect(numbers).toHaveLength(10);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  test('the numbers of an endpoint’s messages have no gap, over any number of runs', async () => {
    const { id } = await endpoint();
    for (let turn = 0; turn < 5; turn += 1) {
      await say();
      await say();
      await run(id);
    }
    const numbers = calls().map(({ body }) => body.sequence as number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, index) => index + 1));
  });

  test('one that fails holds up neither its subject nor others: its retry is another matter', async () => {
    const { id, deliveries } = await endpoint();
    const subject = newId();
    await say(subject);
    await say(subject);
    receiver.reply(path, (response, { body }) => status(body.sequence === 1 ? 500 : 204)(response, body));
    const report = await run(id);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['retrying', 'delivered']);
    expect(report.retryAt_ms).toBeGreaterThan(Date.now());
  });
});

describe('an endpoint that fails', () => {
  test('is asked again by the published schedule, under the same id, and then given up on', async () => {
    const { id, deliveries } = await endpoint();
    receiver.reply(path, status(500));
    await say();
    let now_ms = Date.now();
    let retryAt_ms = (await run(id, 'first', now_ms)).retryAt_ms;
    for (const delay_ms of RETRY_DELAYS_MS) {
      if (retryAt_ms === null) throw new Error('given up too early');
      expect(retryAt_ms - now_ms).toBeGreaterThanOrEqual(delay_ms);
      expect(retryAt_ms - now_ms).toBeLessThan(delay_ms * 1.2 + 2_000);
      expect((await run(id, 'retry', retryAt_ms - SECOND_MS)).run).toMatchObject({ delivered: 0, failed: 0 });
      now_ms = retryAt_ms;
      ({ retryAt_ms } = await run(id, 'retry', now_ms));
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
    receiver.reply(path, reply);
    await say();
    await run(id);
    expect(await deliveries()).toMatchObject([{ state, attempts: 1, log: [entry] }]);
  });

  test('and asks for patience gets it', async () => {
    const { id } = await endpoint();
    receiver.reply(path, status(429, { 'retry-after': '3600' }));
    await say();
    const now_ms = Date.now();
    const { retryAt_ms } = await run(id, 'first', now_ms);
    expect((retryAt_ms ?? 0) - now_ms).toBeGreaterThanOrEqual(3_600_000);
  });

  test('again and again is left alone, with what waits in its place', async () => {
    const { id, deliveries } = await endpoint();
    receiver.reply(path, status(500));
    for (let turn = 0; turn < 60; turn += 1) await say();
    const report = await run(id);
    expect(report).toMatchObject({ rest_ms: 30_000, run: { more: true, isStruggling: true } });
    const waiting = (await deliveries()).filter(({ state }) => state === 'waiting');
    expect(waiting.length).toBeGreaterThanOrEqual(60 - 10 - 16);
    receiver.reply(path, status(204));
    expect(await run(id)).toMatchObject({ rest_ms: null, run: { delivered: waiting.length, more: false } });
  });

  test('for five days is disabled, which its program’s other endpoints are told', async () => {
    const { id, row } = await endpoint();
    const other = await seedWebhook(database.db, programId, {
      url: `${receiver.url}/other`,
      types: ['webhook.disabled'],
    });
    receiver.reply(path, status(500));
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
    expect(receiver.calls.at(-1)?.body).toMatchObject({ data: { endpointId: id, reason: 'failing' } });
    expect(await database.db.auditEntry.count({ where: { programId, action: 'webhook.disabled' } })).toBe(1);
  });

  test('and then works is not counted as failing any more', async () => {
    const { id, row } = await endpoint();
    receiver.reply(path, status(500));
    await say();
    await run(id);
    expect((await row()).failingSince).not.toBeNull();
    receiver.reply(path, status(200));
    await say();
    await run(id);
    expect((await row()).failingSince).toBeNull();
  });

  test('by 410 Gone is disabled at once and told nothing more', async () => {
    const { id, row, deliveries } = await endpoint();
    receiver.reply(path, status(410));
    await say();
    await run(id);
    expect(await row()).toMatchObject({ status: 'disabled', reason: 'gone' });
    await say();
    expect(await deliveries()).toMatchObject([{ state: 'failed', attempts: 1 }]);
  });
});

describe('killed right here, and run again', () => {
  test('after the call and before the record: the message is sent again under the same id and number', async () => {
    const { id, deliveries } = await endpoint();
    await say();
    let release: () => void = () => undefined;
    receiver.reply(path, async (response) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      response.writeHead(204).end();
    });
    const lost = run(id);
    await expect.poll(() => calls().length).toBe(1);
    receiver.reply(path, status(204));
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
      activities.fillWebhook({ programId, endpointId: id, after: after ?? '0' });
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
  await database.db.webhookSecret.updateMany({ where: { endpointId: id }, data: { sealed: 'v1.a.b.c.d' } });
  await say();
  expect(await run(id)).toMatchObject({ status: 'locked' });
  expect(await deliveries()).toMatchObject([{ state: 'waiting' }]);
});
