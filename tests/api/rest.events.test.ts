import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

const purchase = (key: string) => ({ key, type: 'purchase', subject: 'buyer' });

describe('an event over REST', () => {
  it('needs no Idempotency-Key: its own key gets a repeat the first answer', async () => {
    const first = await rest.call('POST', '/events', purchase('order-1'));
    expect(first.body).toEqual({
      eventId: expect.any(String),
      status: 'accepted',
      unreadable: [],
      outcome: null,
      replayed: false,
    });
    const again = await rest.call('POST', '/events', purchase('order-1'));
    expect(again.body).toEqual({ ...first.body, replayed: true });
    const shortcut = await api.mutate('events.record', purchase('order-1'));
    expect(shortcut.data).toEqual(again.body);
  });

  it('is refused by the rules of its own type, whatever the form in the reference has', async () => {
    const { status, body } = await rest.call('POST', '/events', { ...purchase('order-2'), code: 'k7m2xq9a' });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'input_invalid',
      issues: [{ message: expect.stringContaining('code') }],
    });
  });

  it('is in a batch of which each part is answered by itself', async () => {
    const { status, body } = await rest.call('POST', '/events/batch', {
      events: [
        purchase('order-3'),
        { ...purchase('order-4'), value: { minor: '-1', unit: 'USD' } },
        'no event',
      ],
    });
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { ok: true, key: 'order-3', status: 'accepted' },
      { ok: false, key: 'order-4', code: 'amount_negative' },
      { ok: false, key: null, code: 'input_invalid' },
    ]);
  });

  it.each([
    ['a slash', 'shop/2026/1'],
    ['what an address has a meaning for', 'a?b=c#d&e;f+g%20h'],
    ['spaces and quotes', ' "order" 5 '],
    ['the name of another address', 'key'],
    ['a number', '17'],
    ['a true', 'true'],
    ['as many characters as it may', `${'%'.repeat(254)}k`],
  ])('is found and explained by a key with %s', async (_what, key) => {
    const { body } = await rest.call('POST', '/events', purchase(key));
    const path = `/events/key/${encodeURIComponent(key)}`;
    const found = await rest.call('GET', path);
    expect(found).toMatchObject({ status: 200, body: { id: body.eventId, key } });
    expect((await rest.call('GET', `/events/${body.eventId}`)).body).toEqual(found.body);
    const explained = await rest.call('GET', `${path}/explanation`);
    expect(explained.body).toEqual((await api.query('explain.event', { key })).data);
    expect((await rest.call('GET', `/events/${body.eventId}/explanation`)).body).toEqual(explained.body);
  });

  it('is listed by its subject, also where that reads like a number or a true', async () => {
    for (const subject of ['42', 'true', 'a+b c/d']) {
      await rest.call('POST', '/events', { ...purchase(`of ${subject}`), subject });
      const { body } = await rest.call('GET', `/events?state=pending&subject=${encodeURIComponent(subject)}`);
      expect(body.items).toMatchObject([{ key: `of ${subject}`, subject }]);
    }
  });
});
