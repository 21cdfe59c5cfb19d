import type { WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE, type TestEngine } from './engine.ts';
import { until } from './hand-over.ts';

/**
 * Runs a schedule's workflow as its schedule would: `start` one, `resultsOf` several, `run` one to its end.
 *
 * @param engine where it runs, unless a call names another
 * @param name the workflow's type, and the beginning of the ids of its runs
 */
export function scheduleRuns<R>(engine: TestEngine, name: string) {
  let runs = 0;

  const start = (on: TestEngine = engine): Promise<WorkflowHandle<() => Promise<R>>> => {
    runs += 1;
    return on.client.workflow.start<() => Promise<R>>(name, {
      workflowId: `${name}-${runs}`,
      taskQueue: TASK_QUEUE,
    });
  };

  /** Waiting for a result lets time pass, also for other runs. So all have ended before the first is read. */
  async function resultsOf(handles: readonly WorkflowHandle<() => Promise<R>>[]): Promise<R[]> {
    for (const handle of handles) {
      await until('the end of the run', async () => (await handle.describe()).status.name !== 'RUNNING');
    }
    const results: R[] = [];
    for (const handle of handles) {
      results.push(await handle.result());
    }
    return results;
  }

  async function run(): Promise<R> {
    const [result] = await resultsOf([await start()]);
    if (result === undefined) {
      throw new Error('a run has a result');
    }
    return result;
  }

  return { start, resultsOf, run };
}
