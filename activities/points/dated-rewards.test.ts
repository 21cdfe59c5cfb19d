import { expect, test } from 'vitest';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { doAct, pointsPolicy } from '../../tests/support/points.ts';
import { usd } from '../../tests/support/seed.ts';

/** The rewards of awards that a late action or a refund moves to another time. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const NOW_MS = at(80).getTime();

async function open(benefit: AchievementRule['benefit']) {
  const sum = { kind: 'sum', event: 'purchase', at_least: usd(1_000n), days: 7 } as const;
  const spent: AchievementRule = { id: 'spent', name: 'Spent', test: sum, repeatable: false, benefit };
  const program = await playProgram(database, activities, pointsPolicy({ rules: [], achievements: [spent] }));
  const { db, id: programId } = program;
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  const buy = (key: string, day: number, minor: bigint) =>
    doAct(program, ann, { type: 'purchase', key, at: at(day), value: usd(minor), now_ms: NOW_MS });
  const refund = (key: string) =>
    doAct(program, ann, { type: 'refund', refundOf: key, at: at(70), now_ms: NOW_MS });
  const idOf = async (key: string) => (await db.event.findFirstOrThrow({ where: { programId, key } })).id;
  const reward = () => db.reward.findFirstOrThrow({ where: { programId } });
  return { program, db, programId, buy, refund, idOf, reward };
}

test('a credit names the action that earned it, whatever came first, and its value stays', async () => {
  const { db, programId, buy, refund, idOf, reward } = await open({ kind: 'credit', amount: usd(300n) });
  await buy('feb', 40, 1_000n);
  await buy('jan', 10, 600n);
  const before = await reward();
  expect(before).toMatchObject({ grantedAt: at(40), trace: { eventId: await idOf('feb') } });
  const late = await buy('late', 8, 400n);
  expect(await reward()).toMatchObject({
    ...{ id: before.id, status: 'available', grantedAt: at(10), maturesAt: at(10) },
    trace: { eventId: await idOf('jan'), moved_by: late.id },
  });
  await refund('late');
  expect(await reward()).toMatchObject({ grantedAt: at(40), trace: { eventId: await idOf('feb') } });
  expect(await db.reward.count({ where: { programId } })).toBe(1);
  expect(await db.outbox.count({ where: { programId, type: 'reward.granted' } })).toBe(1);
  expect(await db.ledgerTransaction.count({ where: { programId } })).toBe(1);
});

test('a badge names the new day, and its credential that was signed stays as it was', async () => {
  const { db, programId, buy, reward } = await open({ kind: 'badge', label: 'It' });
  const texts = { name: 'It', description: 'Spent', criteria: 'Spend enough' };
  await db.badgeDefinition.create({ data: { programId, id: newId(), label: 'It', ...texts } });
  const issue = () => activities.issueBadges({ now_ms: NOW_MS });
  await buy('feb', 40, 1_000n);
  await buy('jan', 10, 600n);
  expect(await issue()).toEqual({ issued: 1, failed: 0 });
  const signed = await db.badgeCredential.findMany({ where: { programId } });
  await buy('late', 8, 400n);
  expect(await reward()).toMatchObject({ grantedAt: at(10), badgeIssued: true });
  expect(await issue()).toEqual({ issued: 0, failed: 0 });
  expect(await db.badgeCredential.findMany({ where: { programId } })).toEqual(signed);
});
