import { lockProgram, takeDueSteps } from '../../engine/programs/life.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';

/** Programs looked for at once; the next batch follows until none is left. */
const BATCH = 200;

/** What one run moved. */
export interface TimesApplied {
  readonly started: number;
  readonly ended: number;
}

/**
 * Stores what the clock has changed: drafts whose start has come are live, and programs whose end has come
 * have ended, however long ago that was. Handles one program a transaction and each step once, so a repeat
 * finds nothing due.
 */
export async function applyProgramTimes(
  deps: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<TimesApplied> {
  const now = new Date(now_ms);
  let [started, ended] = [0, 0];
  for (;;) {
    const due = await deps.db.$queryRaw<{ id: string }[]>`
      SELECT id::text FROM programs WHERE status = 'draft' AND starts_at <= ${now}
      UNION SELECT id::text FROM programs WHERE status <> 'ended' AND ends_at <= ${now}
      ORDER BY id LIMIT ${BATCH}`;
    for (const { id } of due) {
      const steps = await inTransaction(deps, async (tx) => {
        const program = await lockProgram(tx, id);
        return program === null ? [] : (await takeDueSteps(tx, program, now_ms)).taken;
      });
      started += steps.filter((step) => step === 'start').length;
      ended += steps.filter((step) => step === 'end').length;
    }
    if (due.length < BATCH) return { started, ended };
  }
}
