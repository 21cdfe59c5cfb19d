import { expect, test } from 'vitest';
import { markOf } from '../../engine/privacy/do-not-track.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedEvent, seedProgram, TEST_PRIVACY } from '../../tests/support/seed.ts';
import { roomFor } from '../../tests/support/turns.ts';
import { claimEvents } from './claim.ts';
import { withoutErased } from './erased.ts';

const database = useDatabase();
const { hashSecret } = TEST_PRIVACY;

test('events of an erased member that got past the door reach no workflow, and are erased', async () => {
  const { db } = database;
  const programId = await seedProgram(db);
  const memberId = newId();
  const { kind, hash } = markOf(hashSecret, programId, 'external_id', 'zoe');
  await db.doNotTrack.create({ data: { programId, memberId, kind, hash } });
  const payload = { email: 'zoe@private.example', code: 'abc' };
  const stray = await seedEvent(db, programId, {
    type: 'signup',
    subject: 'zoe',
    key: 'zoe-signs-up',
    payload,
  });
  const other = await seedEvent(db, programId, { type: 'signup', subject: 'bob', key: 'bob-signs-up' });
  const claimed = await claimEvents(db, roomFor(10));
  expect(claimed.map(({ id }) => id)).toEqual([stray.id, other.id]);
  const counted: string[] = [];
  const transactor = { db, hashSecret, countDecision: ({ code = '' }) => void counted.push(code) };
  const left = await withoutErased(transactor, claimed);
  expect(left.map(({ id }) => id)).toEqual([other.id]);
  expect(counted).toEqual(['member_erased']);
  expect(await db.event.findFirstOrThrow({ where: { id: stray.id } })).toMatchObject({
    key: `erased:${stray.id}`,
    subject: `erased-${memberId}`,
    payload: {},
    state: 'decided',
    outcome: { decision: 'refused', code: 'member_erased' },
  });
  const event = markOf(hashSecret, programId, 'event', 'zoe-signs-up').hash;
  expect(await db.doNotTrack.count({ where: { programId, hash: event } })).toBe(1);
});
