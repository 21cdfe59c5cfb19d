import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';

let finished = 0;

const activities = {
  /** `last`: this lifecycle is complete. */
  async nothing(last: boolean): Promise<void> {
    if (last) finished += 1;
  },
};

export type BareActivities = typeof activities;

/**
 * Runs in its own process, as the engine's worker does. Reports what it has finished whenever its parent
 * requests it.
 */
async function main(address: string, taskQueue: string): Promise<void> {
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
  const workflowsPath = fileURLToPath(new URL('./bare-workflow.js', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    workflowBundle,
    activities,
    maxCachedWorkflows: 2_000,
    maxConcurrentLocalActivityExecutions: 20,
    maxConcurrentWorkflowTaskExecutions: 40,
  });
  process.on('message', () => process.send?.(finished));
  process.on('disconnect', () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const running = worker.run();
  process.send?.('ready');
  await running;
}

const [address, taskQueue] = process.argv.slice(2);
if (address !== undefined && taskQueue !== undefined) await main(address, taskQueue);
