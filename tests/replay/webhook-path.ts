import { newId } from '../../platform/ids.ts';
import { DELIVERY } from '../../workflows/webhooks/messages.ts';
import { until } from '../support/hand-over.ts';
import { seedWebhook, startReceiver, status, tellOf } from '../support/webhook-receiver.ts';
import type { Run, Walk } from './walk.ts';

/** An endpoint that refuses a message once. */
export async function refusedOnce({ engine, program }: Walk): Promise<Run> {
  const receiver = await startReceiver();
  receiver.reply('/', status(500));
  const endpoint = await seedWebhook(program.db, program.id, { url: `${receiver.url}/` });
  await tellOf(program.db, program.id, newId());
  await until('the message to be refused', async () => (await endpoint.deliveries())[0]?.attempts === 1);
  receiver.reply('/', status(204));
  const run = engine.client.workflow.getHandle(`${DELIVERY}-${endpoint.id}`);
  await run.result();
  await receiver.close();
  return run;
}
