import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { rateOf } from './lanes.ts';

const QUEUE = 'bare';

export interface Reference {
  /** Runs that many bare lifecycles, so many at once. Returns lifecycles per second. */
  run(count: number, atOnce: number): Promise<number>;
  stop(): Promise<void>;
}

/** A worker with the bare workflow on the same Temporal server. */
export async function startReference(address: string): Promise<Reference> {
  const worker = fork(path.join(import.meta.dirname, 'bare-worker.js'), [address, QUEUE]);
  await once(worker, 'message');
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  return {
    async run(count, atOnce) {
      const before = await finished(worker);
      const allFinished = async () => {
        while ((await finished(worker)) - before < count) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      return await rateOf(count, atOnce, () => drive(client), allFinished);
    },
    async stop() {
      await connection.close();
      worker.disconnect();
      await once(worker, 'exit');
    },
  };
}

async function drive(client: Client): Promise<void> {
  const workflowId = `bare-${randomUUID()}`;
  const batch = (type: string) => [[{ eventId: randomUUID(), type }]];
  const options = { workflowId, taskQueue: QUEUE, args: [], signal: 'deliver', signalArgs: batch('signup') };
  const handle = await client.workflow.signalWithStart('bare', options);
  await handle.signal('deliver', ...batch('purchase'));
}

async function finished(worker: ChildProcess): Promise<number> {
  const answer = once(worker, 'message');
  worker.send('finished?');
  const [count] = await answer;
  return Number(count);
}
