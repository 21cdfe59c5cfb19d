import { expect, test } from 'vitest';
import { COMMAND_TYPES } from '../../engine/events/commands.ts';
import { usePumps } from '../../tests/support/pumped-engine.ts';
import { seedEvent } from '../../tests/support/seed.ts';
import { roomFor } from '../../tests/support/turns.ts';
import { claimEvents } from './claim.ts';
import type { Room } from './turns.ts';

const { open } = usePumps();

/** Two programs: A, of which so many purchases wait, each of its own member, and B. */
async function crowd(count: number) {
  const [a, b] = [await open(), await open()];
  const bulk: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const { id } = await a.keep({ type: 'purchase', subject: `m${nth}`, due: before(count - nth) });
    bulk.push(id);
  }
  const command = (of: typeof a, type: string, nth = 0) =>
    seedEvent(of.db, of.programId, { type, workflowId: `redemption-${of.programId}-${nth}` });
  const idsOf = async (room: Room) => (await claimEvents(a.db, room)).map(({ id }) => id);
  return { a, b, bulk, command, idsOf };
}

/** Signups of so many members, in order. */
async function signUps(of: Awaited<ReturnType<typeof open>>, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth += 1) ids.push((await of.signUp(`x${nth}`)).id);
  return ids;
}

/** So many seconds ago. */
const before = (seconds: number) => new Date(Date.now() - seconds * 1_000);

test('of a program with many waiting and one with one, the one is among the next', async () => {
  const { b, bulk, idsOf } = await crowd(30);
  const { id } = await b.signUp();
  expect(await idsOf(roomFor(4))).toEqual([...bulk.slice(0, 3), id]);
});

test('programs take turns, whoever has waited longer', async () => {
  const { b, bulk, idsOf } = await crowd(30);
  const others = await signUps(b, 9);
  expect(await idsOf(roomFor(4))).toEqual([...bulk.slice(0, 2), ...others.slice(0, 2)]);
  expect(await idsOf(roomFor(4))).toEqual([...bulk.slice(2, 4), ...others.slice(2, 4)]);
});

test('what a program has under decision counts as turns that it had', async () => {
  const { a, b, bulk, idsOf } = await crowd(30);
  const others = await signUps(b, 9);
  const underWay = [{ programId: a.programId, bulk: 3, awaited: 0 }];
  expect(await idsOf({ room: 4, underWay })).toEqual([bulk[0], ...others.slice(0, 3)]);
});

test('a program with few events finds room for all of them', async () => {
  const { b, idsOf } = await crowd(30);
  const others = await signUps(b, 4);
  expect(await idsOf({ room: 0, underWay: [] })).toEqual([expect.any(String), ...others]);
});

test('a program with nothing under decision finds room when another has filled it', async () => {
  const { a, b, idsOf } = await crowd(5);
  const { id } = await b.signUp();
  const underWay = [{ programId: a.programId, bulk: 20, awaited: 0 }];
  expect(await idsOf({ room: 0, underWay })).toEqual([id]);
});

test('a redemption goes before its own program’s bulk, and finds room beside it', async () => {
  const { a, bulk, command, idsOf } = await crowd(30);
  const { id } = await command(a, 'redemption.requested');
  const underWay = [{ programId: a.programId, bulk: 20, awaited: 0 }];
  expect(await idsOf({ room: 0, underWay })).toEqual([id]);
  const approved = await command(a, 'redemption.approved');
  expect(await idsOf({ room: 2, underWay })).toEqual([bulk[0], approved.id]);
});

test('a redemption goes before bulk of another program', async () => {
  const { b, bulk, command, idsOf } = await crowd(10);
  await signUps(b, 9);
  const { id } = await command(b, 'redemption.requested');
  expect(await idsOf(roomFor(2))).toEqual([bulk[0], id]);
});

test('a flood of commands takes turns with others from the ninth on', async () => {
  const { a, b, command, idsOf } = await crowd(0);
  const commands: string[] = [];
  for (let nth = 0; nth < 20; nth += 1) commands.push((await command(a, 'redemption.paid', nth)).id);
  const others = [await b.signUp('x'), await b.signUp('y')].map(({ id }) => id);
  expect(await idsOf(roomFor(10))).toEqual([...commands.slice(0, 8), ...others]);
  const underWay = [{ programId: a.programId, bulk: 0, awaited: 8 }];
  expect(await idsOf({ room: 0, underWay })).toEqual([]);
});

test('an event whose sender waits goes before its own program’s bulk', async () => {
  const { a, idsOf } = await crowd(10);
  const { id } = await a.signUp();
  await a.db.event.updateMany({ where: { id }, data: { awaited: true } });
  expect(await idsOf(roomFor(1))).toEqual([id]);
});

test('every command of people goes before bulk, and nothing else does unless its sender waits', async () => {
  const { db } = await open();
  const rankOf = async (type: string, awaited: boolean) => {
    const [row] = await db.$queryRaw<{ rank: number }[]>`SELECT event_rank(${type}, ${awaited}) AS rank`;
    return row?.rank;
  };
  for (const type of COMMAND_TYPES) expect([type, await rankOf(type, false)]).toEqual([type, 0]);
  for (const type of ['signup', 'purchase', 'refund', 'member.acted', 'referral.overdue']) {
    expect([type, await rankOf(type, false), await rankOf(type, true)]).toEqual([type, 1, 0]);
  }
});
