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
});
