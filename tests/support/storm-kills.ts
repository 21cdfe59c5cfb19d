import { expect, vi } from 'vitest';
import { freezeCommitOf } from './storm-freeze.ts';
import type { Restartable } from './storm-process.ts';
import type { StormProgram } from './storm-program.ts';
import type { Storm } from './storm-stack.ts';

/** The worker of a storm that has one. */
export function onlyWorker({ workers }: Storm): Restartable {
  const [worker] = workers;
  if (worker === undefined) throw new Error('there is no worker');
  return worker;
}

/** Kills the worker when the transaction that tells `type` is committed and the worker waits to hear so. */
export async function killBetweenCommitAndAnswer(
  storm: Storm,
  program: StormProgram,
  type: string,
  cause: () => Promise<unknown>,
): Promise<void> {
  const told = async () => {
    const sql = 'SELECT 1 FROM outbox WHERE program_id = $1 AND type = $2';
    return (await storm.owner.query(sql, [program.id, type])).rowCount ?? 0;
  };
  const before = await told();
  const freeze = await freezeCommitOf(storm.owner, type);
  await cause();
  await freeze.untilFrozen();
  expect(await told()).toBe(before);
  await onlyWorker(storm).end('SIGKILL');
  await freeze.thaw();
  // Nobody runs who could have done it now: it was committed before the worker died.
  await vi.waitFor(async () => expect(await told()).toBe(before + 1), { timeout: 5_000 });
  await onlyWorker(storm).start();
}
