import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../api/client.ts';
import { buildServer } from '../../api/server.ts';
import { until } from '../support/hand-over.ts';
import { TEST_BADGES, TEST_LINK_SECRET } from '../support/seed.ts';
import { startApi, useApi } from './harness.ts';

const api = useApi();
describe('health', () => {
  it('/readyz is ready with every migration applied, and says which is missing', async () => {
    expect(JSON.parse((await api.send('/readyz', {})).text)).toEqual({ status: 'ready' });
  });

  it('metrics tell of events, refusals and durations', async () => {
    await api.mutate('events.record', { key: 'a', type: 'purchase', subject: 's' });
    await api.mutate('events.record', {});
    const text = await api.metrics();
    expect(text).toContain('referral_events_total{result="accepted"} 1');
    expect(text).toContain('referral_refusals_total{code="input_invalid",procedure="events.record"} 1');
    expect(text).toContain('referral_batch_size_count{queue="events"} 1');
    expect(text).toMatch(
      /referral_http_duration_seconds_count\{route="\/trpc\/events.record",method="POST",status="200"\} 1/,
    );
  });

  it('metrics are not on the public port', async () => {
    expect((await api.send('/metrics', {})).status).toBe(404);
  });

  it('labels come from closed sets: what a caller invents is not among them', async () => {
    await api.mutate('invented.procedure', {});
    await api.send('/invented-address', {});
    expect(await api.metrics()).not.toContain('invented');
  });
});

describe('closing', () => {
  it('finishes the requests under way, and every event that was accepted is in the database', async () => {
    const closing = await startApi();
    const sent = Array.from({ length: 200 }, (_, n) =>
      closing.mutate('events.record', { key: `c${n}`, type: 'purchase', subject: 's' }),
    );
    const waiting = closing.mutate('events.record', {
      key: 'w',
      type: 'purchase',
      subject: 's',
      wait_ms: 10_000,
    });
    const settled = Promise.allSettled([...sent, waiting]);
    await Promise.race(sent);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started_ms = Date.now();
    await closing.app.close();
    expect(Date.now() - started_ms).toBeLessThan(5_000);
    const answers = await settled;
    const accepted = answers.filter(
      (answer) => answer.status === 'fulfilled' && answer.value.status === 200,
    ).length;
    expect(accepted).toBeGreaterThan(0);
    expect(await closing.db.event.count()).toBeGreaterThanOrEqual(accepted);
    await closing.close();
  });
});

describe('closing with a client that has connected and asked nothing', () => {
  it('does not wait for it', async () => {
    const closing = await startApi();
    const socket = connect(Number(new URL(closing.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    const started_ms = Date.now();
    await closing.app.close();
    expect(Date.now() - started_ms).toBeLessThan(5_000);
    await ended;
    await closing.close();
  });
});

describe('closing while clients keep their connections for more', () => {
  it('does not wait for a connection whose answer goes out after it began to close', async () => {
    const closing = await startApi();
    const blocker = new pg.Client({ connectionString: closing.database.ownerUrl });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE events');
    const answer = closing.mutate('events.record', { key: 'k', type: 'purchase', subject: 's' });
    await until('the insert that is held up', async () => {
      const { rows } = await blocker.query('SELECT 1 FROM pg_locks WHERE NOT granted');
      return rows.length > 0;
    });
    const closed = closing.app.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await blocker.query('COMMIT');
    expect((await answer).status).toBe(200);
    const started_ms = Date.now();
    await closed;
    // A kept connection would be waited for until the client or the server tires of it.
    expect(Date.now() - started_ms).toBeLessThan(2_000);
    await blocker.end();
    await closing.close();
  });
});

describe('logs', () => {
  it('name method, route, status and program, and nothing personal that was sent', async () => {
    let written = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written += String(chunk);
        done();
      },
    });
    const app = buildServer({
      db: api.db,
      databaseUrl: api.database.url,
      log: pino({ level: 'trace' }, stream),
      registry: new Registry(),
      now: Date.now,
      settings: {
        dataDir: api.dataDir,
        hashSecret: 'a secret for tests only',
        sealRing: TEST_BADGES.ring,
        linkSecret: TEST_LINK_SECRET,
        publicUrl: 'https://go.example',
        proxies: ['loopback'],
        isDevelopment: false,
      },
    });
    const headers = {
      authorization: `Bearer ${api.programKey}`,
      'x-forwarded-for': '203.0.113.9',
      'idempotency-key': 'log-1',
    };
    const payload = { externalId: 'private-person', email: 'private@example.com' };
    await app.inject({ method: 'POST', url: '/trpc/members.upsert', headers, payload });
    const input = encodeURIComponent(JSON.stringify({ externalId: 'private-person' }));
    await app.inject({ url: `/trpc/members.get?input=${input}`, headers });
    await app.inject({ url: '/private-person/private@example.com', headers });
    await app.inject({
      method: 'POST',
      url: '/trpc/events.record',
      headers,
      payload: { ...payload, key: 'private-key' },
    });
    const click = await app.inject({ url: '/r/nosuchone?email=private@example.com', headers });
    expect(click.statusCode).toBe(404);
    await app.close();
    expect(written).toContain('"route":"/trpc/:path","procedure":"members.upsert","status":200');
    expect(written).toContain(`"programId":"${api.programId}"`);
    expect(written).not.toMatch(/private|203\.0\.113\.9|[rs]k_/);
  });
});

describe('the typed client', () => {
  it('sends an Idempotency-Key of its own, or the one given, and tells a refusal’s stable code', async () => {
    const context = { idempotencyKey: 'client-1' };
    const first = await api.client.members.upsert.mutate({ externalId: 'typed' }, { context });
    const again = await api.client.members.upsert.mutate({ externalId: 'typed' }, { context });
    expect(again).toEqual(first);
    const refused = await api.client.members.get
      .query({ externalId: 'nobody' })
      .catch((error: unknown) => error);
    expect(errorCodeOf(refused)).toBe('not_found');
  });
});
