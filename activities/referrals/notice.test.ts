import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { playProgram, T0, T0_MS, testActivities } from '../../tests/support/play.ts';
import { referralIdOf, seedEvent } from '../../tests/support/seed.ts';

let listener: pg.Client;
const notices: string[] = [];

const database = useDatabase();

beforeAll(async () => {
  listener = new pg.Client({ connectionString: database.ownerUrl });
  await listener.connect();
  listener.on('notification', ({ payload = '' }) => notices.push(payload));
  await listener.query('LISTEN decided');
});

afterAll(async () => {
  await listener.end();
});

/** Decides a signup, and says whether that was notified. */
async function isNotified(code: 'good' | 'bad', awaited: boolean) {
  const activities = testActivities(database);
  const program = await playProgram(database, activities);
  const ann = await program.member('ann');
  const payload = { code: code === 'good' ? ann.code : 'nosuch2' };
  const { id } = await seedEvent(program.db, program.id, { type: 'signup', subject: 'bob', at: T0, payload });
  await program.db.event.update({
    where: { programId_id: { programId: program.id, id } },
    data: { awaited },
  });
  const ref = { programId: program.id, referralId: referralIdOf(program.id, 'bob'), now_ms: T0_MS };
  await activities.signUp({ ...ref, eventId: id });
  // Notices come in the order of commits, before the answer to a later query.
  await listener.query('SELECT 1');
  return notices.includes(id);
}

test('whoever waits for a signup hears of its acceptance, or of the refusal that ends it', async () => {
  expect(await isNotified('good', true)).toBe(true);
  expect(await isNotified('bad', true)).toBe(true);
});

test('a decision that nobody waits for is not notified', async () => {
  expect(await isNotified('good', false)).toBe(false);
  expect(await isNotified('bad', false)).toBe(false);
});
