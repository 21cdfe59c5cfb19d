import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { testActivities } from '../support/play.ts';
import { status, tellOf, useReceiver, verify } from '../support/webhook-receiver.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi({ allowInternalWebhooks: true });
/** As in production. */
const strict = useApi();
const receiver = useReceiver();

beforeEach(async () => {
  receiver.calls.length = 0;
  await api.db.webhookEndpoint.deleteMany({});
});

async function make(input: object = {}) {
  const made = await api.mutate('webhooks.create', { url: `${receiver.url}/hook`, ...input });
  expect(made.status, made.text).toBe(200);
  return made.data as { id: string; secret: string };
}

/** Sends what is due, as the endpoint's workflow does. */
const send = (endpointId: string, lane: 'first' | 'retry' = 'first') =>
  testActivities(api.database).deliverWebhooks({
    programId: api.programId,
    endpointId,
    lane,
    struggles: 0,
    now_ms: Date.now(),
  });

const say = () => tellOf(api.db, api.programId, newId());
const deliveries = async (id: string, options = {}) =>
  (await api.query('webhooks.deliveries', { id }, options)).data.items;

describe('an endpoint', () => {
  it('is told what happens, and shows its secret once', async () => {
    const made = await api.mutate(
      'webhooks.create',
      { url: `${receiver.url}/hook` },
      { idempotencyKey: 'w1' },
    );
    const again = await api.mutate(
      'webhooks.create',
      { url: `${receiver.url}/hook` },
      { idempotencyKey: 'w1' },
    );
    expect(again.data).toEqual({ ...made.data, secret: null });
    await say();
    await send(made.data.id);
    const [call] = receiver.calls;
    expect(call && verify(made.data.secret, call)).toMatchObject({ type: 'referral.qualified' });
    const stored = JSON.stringify([
      await api.db.webhookSecret.findMany(),
      await api.db.idempotencyKey.findMany(),
      (await api.db.auditEntry.findMany()).map(({ detail }) => detail),
    ]);
    expect(stored).not.toContain(made.data.secret.slice(6));
  });

  it('on an internal address, without https or with a user is refused in production', async () => {
    for (const url of [
      'http://shop.example/hook',
      'https://10.0.0.1/hook',
      'https://[::ffff:127.0.0.1]/hook',
      'https://user:pass@shop.example/hook',
      'ftp://shop.example/hook',
      'hook',
    ]) {
      const make = () => strict.mutate('webhooks.create', { url });
      await expectRefused(strict, make, { status: 422, code: 'endpoint_forbidden' });
    }
  });

  it('is one of twenty at most', async () => {
    for (let turn = 0; turn < 20; turn += 1) await make();
    const more = () => api.mutate('webhooks.create', { url: `${receiver.url}/hook` });
    await expectRefused(api, more, { status: 409, code: 'limit_reached' });
  });

  it('shows its path, which may be a secret, to those alone who may change it', async () => {
    const { id } = await make();
    const { token } = await api.key(['read']);
    expect((await api.query('webhooks.get', { id })).data.url).toBe(`${receiver.url}/hook`);
    expect((await api.query('webhooks.get', { id }, { key: token })).data.url).toBe(receiver.url);
    const [listed] = (await api.query('webhooks.list', undefined, { key: token })).data.items;
    expect(listed.url).toBe(receiver.url);
  });

  it('that is disabled is told nothing, and when enabled, what its operator chooses', async () => {
    const { id } = await make();
    await say();
    await api.mutate('webhooks.disable', { id });
    const from = new Date().toISOString();
    await say();
    expect((await deliveries(id)).map((it: { state: string }) => it.state)).toEqual(['waiting']);
    expect((await send(id)).status).toBe('ended');
    await expectRefused(api, () => api.mutate('webhooks.ping', { id }), {
      status: 409,
      code: 'stage_forbids',
    });
    const enabled = await api.mutate('webhooks.enable', { id, backlog: 'drop' });
    expect(enabled.data).toMatchObject({ status: 'active', reason: null });
    expect((await deliveries(id)).map((it: { state: string }) => it.state)).toEqual(['dropped']);
    const replay = await api.mutate('webhooks.replayRange', { id, from });
    expect(replay.data).toEqual({ queued: 1, nextCursor: expect.any(String) });
    const rest = await api.mutate('webhooks.replayRange', { id, from, cursor: replay.data.nextCursor });
    expect(rest.data).toEqual({ queued: 0, nextCursor: null });
    await send(id);
    expect(receiver.calls).toHaveLength(1);
  });

  it('that is removed leaves nothing behind', async () => {
    const { id } = await make();
    await say();
    expect((await api.mutate('webhooks.remove', { id })).data).toEqual({ id, removed: true });
    expect(await api.db.webhookDelivery.count({ where: { endpointId: id } })).toBe(0);
    expect((await send(id)).status).toBe('ended');
  });

  it('takes a secret of the host’s own, of the form that every library reads', async () => {
    const { id } = await make();
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    await api.mutate('webhooks.rotateSecret', { id, secret, overlap_hours: 0 });
    await say();
    await send(id);
    const [call] = receiver.calls;
    expect(call && verify(secret, call)).toBeTruthy();
    for (const bad of ['whsec_', 'whsec_AAAA', 'short', `whsec_${Buffer.alloc(65).toString('base64')}`]) {
      const rotate = () => api.mutate('webhooks.rotateSecret', { id, secret: bad });
      await expectRefused(api, rotate, { status: 400, code: 'input_invalid' });
    }
  });
});

describe('the log', () => {
  it('shows each attempt, and what the endpoint said to those alone who may change it', async () => {
    const { id } = await make();
    receiver.reply('/hook', status(500));
    await say();
    await send(id);
    receiver.reply('/hook', status(204));
    const [listed] = await deliveries(id);
    expect(listed).toMatchObject({ type: 'referral.qualified', state: 'retrying', attempts: 1, sequence: 1 });
    const which = { id, deliveryId: listed.id };
    const full = (await api.query('webhooks.delivery', which)).data;
    expect(full.log).toMatchObject([{ status: 500, error: null, answer: 'said so' }]);
    expect(full.body).toBe(receiver.calls[0]?.text);
    const { token } = await api.key(['read']);
    expect((await api.query('webhooks.delivery', which, { key: token })).data.log[0].answer).toBeNull();
  });

  it('pages, and filters by state', async () => {
    const { id } = await make();
    for (let turn = 0; turn < 3; turn += 1) await say();
    await send(id);
    await say();
    const first = (await api.query('webhooks.deliveries', { id, limit: 3 })).data;
    const second = (await api.query('webhooks.deliveries', { id, limit: 3, cursor: first.nextCursor })).data;
    expect([...first.items, ...second.items].map(({ state }) => state)).toEqual([
      'waiting',
      ...Array(3).fill('delivered'),
    ]);
    expect(second.nextCursor).toBeNull();
    const waiting = (await api.query('webhooks.deliveries', { id, state: 'waiting' })).data.items;
    expect(waiting).toHaveLength(1);
  });

  it('leads to sending a message again, under its id', async () => {
    const { id } = await make();
    await say();
    const [listed] = await deliveries(id);
    const replay = () => api.mutate('webhooks.replay', { id, deliveryId: listed.id });
    await expectRefused(api, replay, { status: 409, code: 'stage_forbids' });
    await send(id);
    expect((await replay()).data).toEqual({ queued: 1, nextCursor: null });
    await send(id, 'retry');
    const ids = receiver.calls.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([listed.id, listed.id]);
    expect((await deliveries(id))[0]).toMatchObject({ state: 'delivered' });
  });
});

it('a ping reaches the endpoint that it is for and no other, whatever types it takes', async () => {
  const { id } = await make({ types: ['survey.asked'] });
  const other = await make();
  await api.mutate('webhooks.ping', { id });
  await send(id);
  await send(other.id);
  expect(receiver.calls.map(({ body }) => body.type)).toEqual(['webhook.ping']);
  expect(receiver.calls[0]?.body.data).toMatchObject({ endpointId: id });
});

it('every type of message is listed with a schema and an example that fits it', async () => {
  const { items } = (await api.query('webhooks.types')).data;
  expect(items.length).toBeGreaterThan(40);
  for (const { type, schema, example } of items) {
    expect(example.type).toBe(type);
    expect(schema.required).toEqual(Object.keys(example));
    expect(schema.properties.data.required).toEqual(Object.keys(example.data));
  }
});

it('another program’s endpoints and deliveries are as good as absent', async () => {
  const { id } = await make();
  await say();
  const [{ id: deliveryId }] = await deliveries(id);
  const other = await api.program();
  const options = { key: other.key };
  const notFound = { status: 404, code: 'not_found' };
  for (const [procedure, input] of [
    ['webhooks.get', { id }],
    ['webhooks.deliveries', { id }],
    ['webhooks.delivery', { id, deliveryId }],
  ] as const) {
    await expectRefused(api, () => api.query(procedure, input, options), notFound);
  }
  for (const [procedure, input] of [
    ['webhooks.update', { id, types: [] }],
    ['webhooks.disable', { id }],
    ['webhooks.enable', { id, backlog: 'send' }],
    ['webhooks.remove', { id }],
    ['webhooks.rotateSecret', { id }],
    ['webhooks.ping', { id }],
    ['webhooks.replay', { id, deliveryId }],
    ['webhooks.replayRange', { id, from: '2026-01-01T00:00:00Z' }],
  ] as const) {
    await expectRefused(api, () => api.mutate(procedure, input, options), notFound);
  }
});
