import { beforeEach, expect, test } from 'vitest';
import type { DeliverInput } from '../../activities/webhooks/deliver.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useEngine } from '../../tests/support/engine.ts';
import { until } from '../../tests/support/hand-over.ts';
import { seedProgram, testPolicy } from '../../tests/support/seed.ts';
import { seedWebhook, status, tellOf, useReceiver } from '../../tests/support/webhook-receiver.ts';

const database = useDatabase();
const receiver = useReceiver();
/** What a run waits for before it reports, as on a slow network. */
let held: (input: DeliverInput) => Promise<void> = async () => undefined;
const engine = useEngine({
  database,
  server: 'skipping',
  pump: false,
  webhooks: true,
  wrap: (activities) => ({
    ...activities,
    deliverWebhooks: async (input) => {
      const report = await activities.deliverWebhooks(input);
      await held(input);
      return report;
    },
  }),
});

let programId: string;

beforeEach(async () => {
  programId = await seedProgram(database.db, testPolicy());
});

const say = () => tellOf(database.db, programId, newId());
const endpoint = (path: string, data: object = {}) =>
  seedWebhook(database.db, programId, { url: receiver.url + path, ...data });

const arrived = (path: string, count = 1) =>
  until(`${count} calls to ${path}`, async () => {
    const calls = receiver.calls.filter((call) => call.path === path);
    return calls.length >= count && calls;
  });

/** Holds back the next report of an endpoint's retries. Gives what lets it go, once it is there. */
const holdRetry = (endpointId: string) =>
  new Promise<() => void>((isHeld) => {
    held = async (input) => {
      if (input.endpointId !== endpointId || input.lane !== 'retry') return;
      held = async () => undefined;
      await new Promise<void>((release) => isHeld(release));
    };
  });

test('a message leaves by itself, and the workflow ends when nothing is left', async () => {
  const { id, deliveries } = await endpoint('/one');
  await say();
  await arrived('/one');
  await engine.client.workflow.getHandle(`delivery-${id}`).result();
  expect(await deliveries()).toMatchObject([{ state: 'delivered' }]);
  await say();
  await arrived('/one', 2);
});

test('an endpoint that says nothing delays nobody else', async () => {
  const [open, most] = [new Set<unknown>(), { calls: 0 }];
  receiver.reply('/silent', (response) => {
    open.add(response);
    most.calls = Math.max(most.calls, open.size);
    response.on('close', () => open.delete(response));
  });
  await endpoint('/silent');
  await endpoint('/quick');
  for (let turn = 0; turn < 30; turn += 1) await say();
  const quick = await arrived('/quick', 30);
  await arrived('/silent', 1);
  expect(quick).toHaveLength(30);
  // The silent one has sixteen calls under way at most, and no answer to any.
  expect(most.calls).toBeLessThanOrEqual(16);
  expect(most.calls).toBeGreaterThan(0);
});

test('a retry is made when its time has come, and holds up nothing that is new', async () => {
  receiver.reply('/again', (response, { body }) => status(body.sequence === 1 ? 500 : 204)(response, body));
  const { deliveries } = await endpoint('/again');
  await say();
  await arrived('/again');
  await say();
  await arrived('/again', 2);
  receiver.reply('/again', status(204));
  await until('the retry to be put down', async () => (await deliveries())[0]?.state === 'retrying');
  await engine.env.sleep('10 seconds');
  const calls = await arrived('/again', 3);
  expect(calls.map(({ body }) => body.sequence)).toEqual([1, 2, 1]);
});

test('a retry is made in time, and what is new leaves at once, though a report comes in late', async () => {
  receiver.reply('/crossed', status(500));
  const { id } = await endpoint('/crossed');
  const workflow = engine.client.workflow.getHandle(`delivery-${id}`);
  const noted = (failures: number) =>
    until(`a report of failure ${failures}`, async () => {
      const { currentDetails } = await workflow.query<{ currentDetails: string }>(
        '__temporal_workflow_metadata',
      );
      return currentDetails.includes(`failed attempts in this run: ${failures}`);
    });
  await say();
  await arrived('/crossed');
  await noted(1);
  receiver.reply('/crossed', status(204));
  const reporting = holdRetry(id);
  await engine.env.sleep('10 seconds');
  const release = await reporting;
  receiver.reply('/crossed', status(500));
  await say();
  await noted(2);
  receiver.reply('/crossed', status(204));
  release();
  await engine.env.sleep('10 seconds');
  const calls = await arrived('/crossed', 4);
  expect(calls.map(({ body }) => body.sequence)).toEqual([1, 1, 2, 2]);
});

test('a new endpoint is told what happened before it was there, in order, and then what is new', async () => {
  for (let turn = 0; turn < 3; turn += 1) await say();
  const fillFrom = new Date(Date.now() - 60_000);
  const { row } = await endpoint('/past', { status: 'filling', fillFrom });
  await say();
  await until('the workflow to run', async () => (await row()).busyUntil.getTime() > Date.now());
  await engine.env.sleep('30 seconds');
  const calls = await arrived('/past', 4);
  const numbers = calls.map(({ body }) => body.data.nth as number);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
});
