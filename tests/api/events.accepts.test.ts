import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';

const api = useApi();
const purchase = (key: string) => ({
  key,
  type: 'purchase',
  subject: 'buyer',
  value: { minor: '1250', unit: 'USD' },
});

describe('events.record', () => {
  it('answers only after the event is in the database, without an Idempotency-Key', async () => {
    const answer = await api.mutate('events.record', purchase('order-1'), { idempotencyKey: null });
    expect(answer.status).toBe(200);
    expect(answer.data).toMatchObject({ status: 'accepted', outcome: null, replayed: false });
    const stored = await api.db.event.findFirst({ where: { programId: api.programId, key: 'order-1' } });
    expect(stored).toMatchObject({
      id: answer.data.eventId,
      state: 'pending',
      valueMinor: 1250n,
      unit: 'USD',
      workflowId: null,
    });
  });

  it('answers a repeat of the same event with the first one', async () => {
    const first = await api.mutate('events.record', purchase('order-2'));
    const again = await api.mutate('events.record', purchase('order-2'));
    expect(again.data).toEqual({ ...first.data, replayed: true });
    expect(await api.db.event.count({ where: { key: 'order-2' } })).toBe(1);
  });

  it('stores one event out of fifty sent at once under one key, and tells all fifty about it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api.mutate('events.record', purchase('order-3'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map(({ data }) => data.eventId)).size).toBe(1);
    expect(answers.filter(({ data }) => !data.replayed)).toHaveLength(1);
    expect(await api.db.event.count({ where: { key: 'order-3' } })).toBe(1);
  });

  it('keeps of an address its keyed hash alone', async () => {
    await api.mutate('events.record', {
      key: 's-1',
      type: 'signup',
      subject: 'new',
      ip: '203.0.113.7',
      email: 'new@example.com',
    });
    const stored = await api.db.event.findFirst({ where: { key: 's-1' } });
    expect(JSON.stringify(stored?.payload)).not.toContain('203.0.113.7');
    expect(stored?.payload).toMatchObject({
      ipHash: expect.stringMatching(/^[0-9a-f]{32}$/),
      email: 'new@example.com',
    });
  });

  it('sends a signup with a personal link’s code to the workflow that began with it', async () => {
    const { id } = await api.member();
    const invitation = await api.mutate('invitations.create', { memberId: id });
    const { code, id: linkId } = invitation.data.link;
    await api.mutate('events.record', { key: 's-2', type: 'signup', subject: 'invited', code });
    await api.mutate('events.record', { key: 's-3', type: 'signup', subject: 'other', code: 'nosuchcode' });
    const [personal, other] = await api.db.event.findMany({
      where: { key: { in: ['s-2', 's-3'] } },
      orderBy: { key: 'asc' },
    });
    expect(personal?.workflowId).toBe(`referral-${linkId}`);
    expect(other?.workflowId).toMatch(/^referral-[0-9a-f-]{36}$/);
  });

  it('takes history from a key that may import', async () => {
    const answer = await api.mutate('events.record', {
      ...purchase('old-1'),
      occurredAt: '2019-05-01T10:00:00Z',
    });
    expect(answer.status).toBe(200);
    const stored = await api.db.event.findFirst({ where: { key: 'old-1' } });
    expect(stored?.occurredAt.toISOString()).toBe('2019-05-01T10:00:00.000Z');
  });

  it('wakes the pump with one NOTIFY after a batch', async () => {
    const { default: pg } = await import('pg');
    const listener = new pg.Client({ connectionString: api.database.url });
    await listener.connect();
    await listener.query('LISTEN events');
    const heard = new Promise((resolve) => listener.once('notification', resolve));
    await api.mutate('events.record', purchase('order-4'));
    await heard;
    await listener.end();
  });
});

describe('events.record with wait_ms', () => {
  it('answers with the decision as soon as there is one', async () => {
    const pending = api.mutate('events.record', { ...purchase('wait-1'), wait_ms: 10_000 });
    const started_ms = Date.now();
    const id = await untilStored('wait-1');
    await decide(id);
    const answer = await pending;
    expect(answer.data).toMatchObject({
      eventId: id,
      status: 'decided',
      outcome: { decision: 'refused', code: 'not_referred' },
    });
    expect(Date.now() - started_ms).toBeLessThan(2_000);
  });

  it('answers "accepted" when the time is up', async () => {
    const answer = await api.mutate('events.record', { ...purchase('wait-2'), wait_ms: 100 });
    expect(answer.data).toMatchObject({ status: 'accepted', outcome: null });
  });

  it('answers a repeat of a decided event with its decision at once', async () => {
    const { data } = await api.mutate('events.record', purchase('wait-3'));
    await decide(data.eventId);
    const again = await api.mutate('events.record', purchase('wait-3'));
    expect(again.data).toMatchObject({
      eventId: data.eventId,
      status: 'decided',
      outcome: { decision: 'refused' },
    });
  });

  it('finds a decision of which no NOTIFY told', async () => {
    const pending = api.mutate('events.record', { ...purchase('wait-4'), wait_ms: 5_000 });
    await decide(await untilStored('wait-4'), false);
    expect((await pending).data.status).toBe('decided');
  });
});

describe('events.recordBatch', () => {
  it('takes the good events of a batch and refuses the others one by one', async () => {
    const batch = [
      purchase('b-1'),
      { ...purchase('b-2'), value: { minor: '-1', unit: 'USD' } },
      purchase('b-3'),
      { nonsense: true },
    ];
    const answer = await api.mutate('events.recordBatch', { events: batch });
    expect(answer.status).toBe(200);
    expect(
      answer.data.results.map((result: { ok: boolean; code?: string }) => result.code ?? result.ok),
    ).toEqual([true, 'amount_negative', true, 'input_invalid']);
    expect(await api.db.event.count({ where: { key: { startsWith: 'b-' } } })).toBe(2);
    expect(await api.refusals('amount_negative', 'events.recordBatch')).toBe(1);
  });

  it('stores each event once when the same batches come at once in opposite orders', async () => {
    const events = Array.from({ length: 200 }, (_, index) => purchase(`opposed-${index}`));
    const send = (_: unknown, index: number) =>
      api.mutate('events.recordBatch', { events: index % 2 === 0 ? events : events.toReversed() });
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(answers.every(({ data }) => data.results.every(({ ok }: { ok: boolean }) => ok))).toBe(true);
    expect(await api.db.event.count({ where: { key: { startsWith: 'opposed-' } } })).toBe(200);
  });

  it('stores 500 events in one request', async () => {
    const events = Array.from({ length: 500 }, (_, index) => purchase(`bulk-${index}`));
    const answer = await api.mutate('events.recordBatch', { events });
    expect(answer.data.results).toHaveLength(500);
    expect(await api.db.event.count({ where: { key: { startsWith: 'bulk-' } } })).toBe(500);
  });
});

describe('events.get, events.list and events.retry', () => {
  it('lists every event exactly once, page after page', async () => {
    const seen = new Set<string>();
    let cursor: string | null = null;
    do {
      const page = await api.client.events.list.query({ limit: 150, cursor });
      for (const event of page.items) {
        expect(seen.has(event.id)).toBe(false);
        seen.add(event.id);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen.size).toBe(await api.db.event.count({ where: { programId: api.programId } }));
  });

  it('hands a parked event over again, and nothing else', async () => {
    const { data } = await api.mutate('events.record', purchase('parked-1'));
    const early = await api.mutate('events.retry', { id: data.eventId });
    expect([early.status, early.code]).toEqual([409, 'stage_forbids']);
    await api.db.event.updateMany({
      where: { id: data.eventId },
      data: { state: 'parked', reason: 'poison', attempts: 9 },
    });
    expect((await api.query('events.list', { state: 'parked' })).data.items).toHaveLength(1);
    const retried = await api.mutate('events.retry', { id: data.eventId });
    expect(retried.data).toMatchObject({ state: 'pending', attempts: 0, reason: null });
    const audit = await api.query('audit.list', { subject: data.eventId });
    expect(audit.data.items[0]).toMatchObject({
      action: 'event.retried',
      actor: expect.stringMatching(/^key:/),
    });
  });

  it('shows one event by its key, with its state', async () => {
    const event = await api.client.events.get.query({ key: 'order-1' });
    expect(event).toMatchObject({
      key: 'order-1',
      type: 'purchase',
      value: { minor: '1250', unit: 'USD' },
      state: 'pending',
    });
  });
});

async function untilStored(key: string): Promise<string> {
  for (;;) {
    const event = await api.db.event.findFirst({ where: { key }, select: { id: true } });
    if (event !== null) return event.id;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function decide(id: string, notifies = true): Promise<void> {
  const outcome = { decision: 'refused', code: 'not_referred', message: 'Nobody referred this member.' };
  await api.db.event.updateMany({
    where: { id },
    data: { state: 'decided', outcome, decidedAt: new Date() },
  });
  if (notifies) await api.db.$executeRaw`SELECT pg_notify('decided', ${id})`;
}
