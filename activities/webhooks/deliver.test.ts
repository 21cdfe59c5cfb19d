import { describe, expect, test } from 'vitest';
import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import { addSecret, newEndpointSecret } from '../../engine/webhooks/secrets.ts';
import { newId } from '../../platform/ids.ts';
import { seedMember, seedProgram, TEST_WEBHOOKS, testPolicy } from '../../tests/support/seed.ts';
import { after, status, tellOf, verify } from '../../tests/support/webhook-receiver.ts';
import { useWebhookRuns } from '../../tests/support/webhook-runs.ts';

const hooks = useWebhookRuns();
const { calls, endpoint, say, run } = hooks;

describe('what is sent', () => {
  test('is signed after Standard Webhooks, with the host’s own ids of the members', async () => {
    const { id, secret, deliveries } = await endpoint();
    const ann = await seedMember(hooks.database.db, hooks.programId, 'ann');
    await hooks.database.db.outbox.create({
      data: {
        programId: hooks.programId,
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
    expect(() => verify(newEndpointSecret(), call)).toThrow();
    expect(call.body).toMatchObject({
      id: call.headers['webhook-id'],
      type: 'reward.available',
      programId: hooks.programId,
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
    const next = newEndpointSecret();
    const now = new Date();
    const change = { ring: TEST_WEBHOOKS.ring, signing: next, now, overlap_ms: DAY_MS };
    await hooks.database.db.$transaction((tx) =>
      addSecret(tx, { programId: hooks.programId, endpointId: id }, change),
    );
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
    const other = await seedProgram(hooks.database.db, testPolicy());
    await say();
    await tellOf(hooks.database.db, other, newId());
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
    hooks.receiver.reply(hooks.path, (response, call) =>
      after(((call.body.sequence * 7) % 5) * 10)(response, call),
    );
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
    hooks.receiver.reply(hooks.path, (response, { body }) =>
      status(body.sequence === 1 ? 500 : 204)(response, body),
    );
    const report = await run(id);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['retrying', 'delivered']);
    expect(report.retryAt_ms).toBeGreaterThan(Date.now());
  });

  test('a retry does not make the endpoint look busy, or what is new would have to wait', async () => {
    const { id } = await endpoint();
    await say();
    hooks.receiver.reply(hooks.path, status(500));
    const { retryAt_ms } = await run(id);
    hooks.receiver.reply(hooks.path, status(204));
    const report = await run(id, 'retry', retryAt_ms ?? 0);
    expect(report.run).toMatchObject({ delivered: 1 });
    const { busyUntil } = await hooks.database.db.webhookEndpoint.findFirstOrThrow({ where: { id } });
    expect(busyUntil.getTime()).toBeLessThanOrEqual(Date.now());
  });
});
