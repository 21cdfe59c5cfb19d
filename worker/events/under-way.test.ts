import { expect, test } from 'vitest';
import { usePumps } from '../../tests/support/pumped-engine.ts';
import { claimEvents } from './claim.ts';
import type { Handled } from './record.ts';
import { createUnderDecision } from './under-way.ts';

const { open } = usePumps();
const LIMITS = { parcels_max: 12, shared_max: 3 };
const REFUSED = { decision: 'refused', code: 'no_attribution', message: 'for a test' };
const handedOver = { state: 'delivered', rest_ms: 0, reason: null, outcome: null, acted: null } as const;

/** A program with a crowd of purchases, and a pump's count of what it hands over of any program. */
async function backlog() {
  const crowded = await open();
  for (let nth = 0; nth < 30; nth += 1) await crowded.keep({ type: 'purchase', subject: `m${nth}` });
  const { db } = crowded;
  // So that beyond the room nothing of the crowd is taken.
  const underWay = [{ programId: crowded.programId, bulk: 1, awaited: 0 }];
  const underDecision = createUnderDecision(db, LIMITS);
  /** Takes what there is room for, and hands it over, each to a workflow of its own. Returns the ids. */
  const handOver = async (room: number, now_ms: number) => {
    const claimed = await claimEvents(db, { room, underWay });
    const handled = claimed.map(
      ({ programId, id }): Handled => ({ ...handedOver, programId, id, workflowId: `w-${id}` }),
    );
    underDecision.note(claimed, handled, now_ms);
    return claimed.map(({ id }) => id);
  };
  const decide = (ids: readonly string[]) =>
    db.event.updateMany({
      where: { id: { in: [...ids] } },
      data: { state: 'decided', outcome: REFUSED, decidedAt: new Date() },
    });
  const roomAt = async (now_ms: number) => (await underDecision.look(now_ms)).room;
  return { underDecision, handOver, decide, roomAt };
}

test('a program that is alone has many under decision, and a few are handed over at a time', async () => {
  const { underDecision, handOver, roomAt } = await backlog();
  expect(await roomAt(0)).toBe(8);
  await handOver(8, 0);
  expect(await roomAt(1)).toBe(0);
  expect(underDecision.decisionsToRoom(1)).toBe(2);
});

test('once so many are decided as it waits for, there is room again', async () => {
  const { underDecision, handOver, decide, roomAt } = await backlog();
  const ids = await handOver(8, 0);
  await decide(ids.slice(0, 2));
  expect(await roomAt(2)).toBe(6);
  expect(underDecision.decisionsToRoom(2)).toBe(0);
});

test('while another program’s event is under decision, bulk stands back', async () => {
  const { underDecision, handOver, roomAt } = await backlog();
  const other = await open();
  const { id } = await other.signUp();
  expect(await handOver(0, 0)).toEqual([id]);
  expect(await roomAt(1)).toBe(0);
  expect(underDecision.decisionsToRoom(1)).toBe(1);
});

test('for a second after another program’s event few of a crowd are under decision, then many', async () => {
  const { handOver, decide, roomAt } = await backlog();
  const other = await open();
  await other.signUp();
  await decide(await handOver(0, 0));
  expect(await roomAt(999)).toBe(3);
  expect(await roomAt(1_000)).toBe(8);
});

test('the crowd is not stopped by a stream of other events: it has a turn every 250 ms', async () => {
  const { handOver, roomAt } = await backlog();
  const other = await open();
  await other.signUp();
  await handOver(0, 0);
  const rooms: number[] = [];
  for (const now_ms of [1, 100, 252, 300, 503]) rooms.push(await roomAt(now_ms));
  expect(rooms).toEqual([0, 0, 2, 0, 2]);
});
