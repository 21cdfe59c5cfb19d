import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { at, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedEvent } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

test('an erasure asked for before its account was merged takes the one who stays, once', async () => {
  const { programId, db, ann, anna, merge, memberOf } = await playMerges(
    database,
    activities,
    fixedPolicy(1_000n, 0),
  );
  const payload = { actor: 'key:1', reason: 'request', badges: 'revoke' };
  const { id } = await seedEvent(db, programId, { type: 'member.erased', payload, at: at(1) });
  expect((await merge(anna.id, ann.id, 2)).outcome).toMatchObject({ decision: 'accepted' });

  const ref = { programId, memberId: anna.id, eventIds: [id], now_ms: at(3).getTime() };
  const decided = async () => {
    await activities.decideMember(ref);
    return await db.event.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
  };
  const first = await decided();
  expect(first.outcome).toMatchObject({ decision: 'accepted', erasure: { rows: { members: 2 } } });
  for (const { id: account } of [ann, anna]) {
    expect(await memberOf(account)).toMatchObject({ externalId: `erased-${account}`, email: null });
  }
  expect(await decided()).toEqual(first);
  const told = await db.outbox.findMany({ where: { programId, type: 'member.erased' } });
  expect(told.map((message) => message.payload)).toMatchObject([{ memberId: ann.id }]);
});
