import { expect, it, vi } from 'vitest';
import type { Database } from '../../prisma/client.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { createReads } from './reads.ts';

const database = useDatabase();
const WAIT_MS = 900;

/** Takes the only place, and returns once it is taken; the answer gives it back. */
function taken(db: Database): Promise<() => Promise<unknown>> {
  return new Promise((resolve) => {
    const isOver = (end: () => void) =>
      resolve(() => {
        end();
        return all;
      });
    const all: Promise<unknown> = db.$transaction(() => new Promise<void>(isOver));
  });
}

it('a request waits in all no longer than one may, and what it asks together waits once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const reads = createReads(database.db, { reads_max: 1, readWait_ms: WAIT_MS });
    const [busy, db] = [reads.open('a'), reads.open('b')];
    const leave = await taken(busy);
    const together = Promise.all([db.member.count(), db.link.count(), db.program.count()]);
    vi.advanceTimersByTime(600);
    await leave();
    expect(await together).toEqual([0, 0, 0]);
    const leaveAgain = await taken(busy);
    let code = '';
    const late = db.member.count().catch((error) => {
      code = error.code;
    });
    vi.advanceTimersByTime(299);
    await new Promise((resolve) => setImmediate(resolve));
    expect(code).toBe('');
    vi.advanceTimersByTime(1);
    await late;
    expect(code).toBe('overloaded');
    await leaveAgain();
    expect(await db.member.count()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('a place is held while the database is asked, whatever fails, and at no other time', async () => {
  const reads = createReads(database.db, { reads_max: 1, readWait_ms: WAIT_MS });
  const db = reads.open('a');
  await expect(db.$queryRaw`SELECT 1 / 0`).rejects.toThrow();
  await expect(db.$transaction(async () => Promise.reject(new Error('undone')))).rejects.toThrow('undone');
  await expect(db.program.findUniqueOrThrow({ where: { id: crypto.randomUUID() } })).rejects.toThrow();
  // Between its questions, another asks.
  await db.member.count();
  expect(await reads.open('b').member.count()).toBe(0);
  // A transaction is one question, however many it asks itself.
  expect(await db.$transaction(async (tx) => [await tx.member.count(), await tx.link.count()])).toEqual([
    0, 0,
  ]);
});
