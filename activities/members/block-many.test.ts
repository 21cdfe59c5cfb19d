import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { withClient } from '../../prisma/connection.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedEvent, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

/** Copies the program's one referral, with the reward on hold that it brought. */
async function copyReferral(programId: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, () => [randomUUID(), randomUUID(), randomUUID()]);
  const [members, referrals, rewards] = [0, 1, 2].map((at) => ids.map((row) => row[at]));
  await withClient(database.ownerUrl, async (client) => {
    await client.query('SET session_replication_role = replica');
    await client.query(
      `WITH i AS (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS i(member, referral, reward)),
       people AS (
         INSERT INTO members SELECT (jsonb_populate_record(m, jsonb_build_object(
           'id', i.member, 'external_id', i.member, 'referral_code', i.member))).*
         FROM i, members m WHERE m.program_id = $1 AND m.external_id = 'bob'),
       brought AS (
         INSERT INTO referrals SELECT (jsonb_populate_record(r, jsonb_build_object(
           'id', i.referral, 'referred_id', i.member))).*
         FROM i, referrals r WHERE r.program_id = $1)
       INSERT INTO rewards SELECT (jsonb_populate_record(w, jsonb_build_object(
         'id', i.reward, 'key', i.reward, 'referral_id', i.referral))).*
       FROM i, rewards w WHERE w.program_id = $1`,
      [programId, members, referrals, rewards],
    );
  });
}

test('of more referrals than unblocking calls at once, upkeep calls the rest, and all of them', async () => {
  const program = await playProgram(database, activities, fixedPolicy(1_000n, 30));
  const { id: programId, db } = program;
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  await program.act('bob', { value: usd(9_900n) });
  // It would end long after its reward matures.
  await db.referral.updateMany({ where: { programId }, data: { dueAt: new Date(Date.now() + 60_000_000) } });
  await copyReferral(programId, 2_099);
  const say = async (type: 'member.blocked' | 'member.unblocked', day: number) => {
    const payload = { actor: 'key:1', note: 'A reason.', pending: 'release' };
    const { id } = await seedEvent(db, programId, { type, payload, at: at(day) });
    const ref = { programId, memberId: ann.id, eventIds: [id], now_ms: at(day).getTime() };
    await activities.decideMember(ref);
    await activities.decideMember(ref);
  };
  const called = async () => {
    const calls = await db.event.findMany({ where: { programId, type: 'referral.overdue' } });
    return new Set(calls.map(({ workflowId }) => workflowId)).size;
  };
  await say('member.blocked', 1);
  expect(await activities.wakeOverdue()).toEqual({ woken: 0 });
  await say('member.unblocked', 61);
  expect(await called()).toBe(1_000);
  // Those that were called have not acted yet.
  const woken: number[] = [];
  do woken.push((await activities.wakeOverdue()).woken);
  while (woken.at(-1) !== 0);
  expect(woken).toEqual([1_000, 1_000, 100, 0]);
  expect(await called()).toBe(2_100);
});
