import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

describe('an operation over REST', () => {
  it('answers what the same procedure answers over tRPC', async () => {
    const { status, body } = await rest.call('PUT', '/members', {
      externalId: 'ann',
      email: 'ann@shop.example',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: true, externalId: 'ann' });
    const { created: _, ...member } = body;
    const trpc = await api.client.members.get.query({ externalId: 'ann' });
    expect(trpc).toEqual(member);
    expect((await rest.call('GET', `/members/${trpc.id}`)).body).toEqual(trpc);
    expect((await rest.call('GET', '/members/external/ann')).body).toEqual(trpc);
    expect((await rest.call('GET', '/members?limit=1')).body.items).toHaveLength(1);
  });

  it('waits for a decision as long as `Prefer` says', async () => {
    const begun_ms = performance.now();
    const signup = { key: 'signup-1', type: 'signup', subject: 'ben' };
    const { status, body } = await rest.call('POST', '/events', signup, { prefer: 'wait=1' });
    expect([status, body.status]).toEqual([200, 'accepted']);
    expect(performance.now() - begun_ms).toBeGreaterThan(900);
    const atOnce = await rest.call('POST', '/events', { ...signup, key: 'signup-2' });
    expect(atOnce.body.status).toBe('accepted');
  });

  it('says with `Preference-Applied` how long it waited, and only where `Prefer` decided that', async () => {
    const appliedOf = async (type: string, more: object, prefer: string) => {
      const event = { key: `applied-${randomUUID()}`, type, subject: 'ben', ...more };
      return (await rest.call('POST', '/events', event, { prefer })).headers.get('preference-applied');
    };
    expect(await appliedOf('signup', {}, 'respond-async, wait=1')).toBe('wait=1');
    expect(await appliedOf('signup', { wait_ms: 0 }, 'wait=1')).toBeNull();
    expect(await appliedOf('signup', {}, 'respond-async')).toBeNull();
    expect(await appliedOf('no such type', {}, 'wait=1')).toBeNull();
    const read = await rest.call('GET', '/members?limit=1', undefined, { prefer: 'wait=1' });
    expect([read.status, read.headers.get('preference-applied')]).toEqual([200, null]);
  });
});
