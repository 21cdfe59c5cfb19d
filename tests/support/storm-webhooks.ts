import { expect, vi } from 'vitest';
import type { StormProgram } from './storm-program.ts';
import type { Storm } from './storm-stack.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

/** A worker that died in a run is found out within seconds, and what it had not recorded comes again. */
const TOLD_WITHIN_MS = 60_000;

/**
 * Waits until a program's one endpoint has taken everything, then expects that each message came, under one
 * number whenever it came, that the numbers have no gap, and that they follow the order of each subject.
 */
export async function expectAllTold(
  { owner }: Storm,
  program: StormProgram,
  receiver: WebhookReceiver,
): Promise<void> {
  const open = async () => {
    const sql = `SELECT count(*)::int AS open FROM webhook_deliveries
                 WHERE program_id = $1 AND state <> 'delivered'`;
    return (await owner.query<{ open: number }>(sql, [program.id])).rows[0]?.open;
  };
  await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: TOLD_WITHIN_MS, interval: 200 });
  const told = await owner.query<{ id: string; sequence: number; subject: string }>(
    `SELECT d.id::text, d.sequence::int, d.subject FROM outbox o
     LEFT JOIN webhook_deliveries d ON d.outbox_id = o.id WHERE o.program_id = $1 ORDER BY o.id`,
    [program.id],
  );
  const numbers = new Map(told.rows.map(({ id, sequence }) => [id, sequence]));
  expect(numbers.size).toBeGreaterThan(100);
  const heard = new Map(receiver.calls.map(({ body }) => [body.id as string, body.sequence as number]));
  expect(heard).toEqual(numbers);
  for (const { body } of receiver.calls) expect(body.sequence).toBe(numbers.get(body.id));
  const sorted = told.rows.map(({ sequence }) => sequence).sort((a, b) => a - b);
  expect(sorted).toEqual(sorted.map((_, index) => index + 1));
  for (const subject of new Set(told.rows.map((row) => row.subject))) {
    const own = told.rows.filter((row) => row.subject === subject).map(({ sequence }) => sequence);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
}
