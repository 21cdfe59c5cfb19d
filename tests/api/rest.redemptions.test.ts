import { expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';
import { useSeededReferral } from './seed.ts';

const api = useApi();
const rest = useRest(api);
const seeded = useSeededReferral(api);

it('a redemption over REST answers with its decision when `Prefer` asks it to wait', async () => {
  const wish = { memberId: seeded.referrerId, amount: { minor: '2000', unit: 'USD' }, method: 'manual' };
  const ask = (prefer: string) =>
    rest.call('POST', '/redemptions', wish, { 'idempotency-key': '"redeem-1"', prefer });
  const accepted = await ask('wait=0');
  expect(accepted.body).toMatchObject({ status: 'accepted', outcome: null });
  const { eventId } = accepted.body;
  const outcome = { decision: 'refused', code: 'insufficient_balance', message: 'Too little.' };
  const pending = ask('respond-async, wait=10');
  await api.db.event.updateMany({
    where: { id: eventId },
    data: { state: 'decided', outcome, decidedAt: new Date() },
  });
  const decided = { ...accepted.body, status: 'decided', outcome };
  expect(await pending).toMatchObject({ status: 200, body: decided });
  expect((await ask('wait=10')).body).toEqual(decided);
  expect((await rest.call('GET', `/events/${eventId}`)).body.outcome).toEqual(outcome);
});

it('an operator’s word on a redemption over REST is stored once for one Idempotency-Key', async () => {
  const path = `/redemptions/${seeded.redemptionId}/approve`;
  expect((await rest.call('POST', path)).body).toMatchObject({ code: 'idempotency_key_missing' });
  const first = await rest.call('POST', path, undefined, { 'idempotency-key': 'approve-1' });
  expect(first.body).toEqual({
    redemptionId: seeded.redemptionId,
    eventId: expect.any(String),
    status: 'accepted',
    outcome: null,
  });
  const again = await rest.call('POST', path, undefined, { 'idempotency-key': 'approve-1' });
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body).toEqual(first.body);
});
