import { expect, it } from 'vitest';
import { useBadgeApi } from './badges-harness.ts';
import { useRest } from './rest-harness.ts';

const { api, define, issued, grant } = useBadgeApi();
const rest = useRest(api);

it('a badge has two addresses, by its id and by its reward’s, and neither takes the other id', async () => {
  await define();
  const badge = await issued();
  const trpc = await api.client.badges.get.query({ id: badge.id });
  expect((await rest.call('GET', `/badges/${badge.id}`)).body).toEqual(trpc);
  expect((await rest.call('GET', `/badges/reward/${badge.rewardId}`)).body).toEqual(trpc);
  for (const path of [`/badges/${badge.rewardId}`, `/badges/reward/${badge.id}`]) {
    expect(await rest.call('GET', path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
  const both = await rest.call('GET', `/badges/${badge.id}?rewardId=${badge.rewardId}`);
  expect(both).toMatchObject({ status: 400, body: { code: 'input_invalid' } });
});

it('definitions and keys have addresses beside those of badges', async () => {
  await define();
  await issued();
  const definitions = await rest.call('GET', '/badges/definitions?limit=1');
  expect(definitions.body).toEqual(await api.client.badges.achievements.query({ limit: 1 }));
  expect(definitions.body.items).toHaveLength(1);
  expect((await rest.call('GET', '/badges/keys')).body).toEqual(await api.client.badges.keys.query());
});

it('a definition and a recipient are set without a key, and a badge is issued with one alone', async () => {
  const words = { label: 'connector', name: 'Connector', description: 'Brought a friend', criteria: 'One' };
  const first = await rest.call('PUT', '/badges/definitions', words);
  const second = await rest.call('PUT', '/badges/definitions', { ...words, name: 'Friend' });
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.body).toMatchObject({ id: first.body.id, name: 'Friend' });

  const { rewardId, memberId } = await grant();
  const recipient = await rest.call('PUT', `/badges/recipients/${memberId}`, { displayName: 'Ann' });
  expect(recipient.body).toEqual({ memberId, displayName: 'Ann', identity: 'account' });

  const bare = await rest.call('POST', '/badges', { rewardId });
  expect(bare).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
  const keyed = await rest.call('POST', '/badges', { rewardId }, { 'idempotency-key': 'badge 1' });
  expect(keyed).toMatchObject({ status: 200, body: { rewardId, status: 'valid' } });
});
