import { expect, test } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import { prove } from '../../ledger/prove.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useActivities } from '../../tests/support/play.ts';
import {
  type EventSeed,
  fixedPolicy,
  referralIdOf,
  seedEvent,
  seedMember,
  seedProgram,
} from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

test('a referral earns once, though each step is repeated, and the ledger is proven', async () => {
  const { db, url } = database;
  const programId = await seedProgram(db, fixedPolicy(500n, 30));
  const ann = await seedMember(db, programId, 'ann', 'ann@example.org');
  const at = new Date('2026-01-01T00:00:00Z');
  const now_ms = at.getTime();
  const referralId = referralIdOf(programId, 'bob');
  const store = (event: EventSeed) => seedEvent(db, programId, { subject: 'bob', at, ...event });
  const signup = await store({ type: 'signup', payload: { code: ann.code, email: 'bob@other.example' } });
  const purchase = await store({ type: 'purchase', value: { minor: 2_000n, unit: 'USD' } });
  const ref = { programId, referralId, now_ms };
  for (let repeat = 0; repeat < 2; repeat += 1) {
    expect(await activities.signUp({ ...ref, eventId: signup.id })).toMatchObject({
      stage: repeat === 0 ? 'signed_up' : 'qualified',
    });
    expect(await activities.recordAction({ ...ref, eventId: purchase.id })).toMatchObject({
      stage: 'qualified',
      rewards: { held: 1 },
    });
  }
  const due_ms = now_ms + 30 * 86_400_000;
  for (let repeat = 0; repeat < 2; repeat += 1) {
    expect(await activities.matureRewards({ ...ref, now_ms: due_ms })).toMatchObject({
      stage: 'rewarded',
      rewards: { available: 1 },
    });
  }
  const [balance] = await balancesOf(db, programId, ann.id);
  expect(balance).toMatchObject({ available_minor: 500n, pending_minor: 0n });
  const refund = await store({ type: 'refund', refundOf: purchase.key });
  for (let repeat = 0; repeat < 2; repeat += 1) {
    expect(await activities.refundAction({ ...ref, eventId: refund.id })).toMatchObject({
      stage: 'signed_up',
      rewards: { reversed: 1 },
    });
  }
  expect((await balancesOf(db, programId, ann.id))[0]).toMatchObject({ available_minor: 0n });
  expect(await prove(url)).toMatchObject({ ok: true });
});
