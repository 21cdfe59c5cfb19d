import { type Client, WorkflowIdReusePolicy } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import { OVERDUE } from '../../engine/webhooks/queue.ts';
import type { Log } from '../../platform/log.ts';
import { askWithin } from '../../platform/temporal.ts';
import type { Database } from '../../prisma/client.ts';
import { PROGRAM_ID } from '../../workflows/search-attributes.ts';
import { DELIVERY, wake } from '../../workflows/webhooks/messages.ts';
import { type Loop, startLoop } from '../loop.ts';

/** How often it looks: a message leaves that much after it was told, at the latest. */
const LOOK_MS = 250;
/** After a failure of the database or of Temporal. */
const TROUBLE = { message: 'webhooks could not be dispatched; trying again', rest_ms: 5_000 };
/** Endpoints that are woken at a time. */
const WAKE_MAX = 100;
/** In which a woken workflow has begun, or is woken again. */
const BEGUN_WITHIN = '5 seconds';
/** The time limit of one signal, including the client's own retries. */
const SIGNAL_TIMEOUT_MS = 10_000;

export interface DispatcherOptions {
  readonly db: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly log: Log;
}

/**
 * Wakes the workflow of each endpoint to which something is due, until stopped. Any number may share a
 * database.
 */
export const startDispatcher = (options: DispatcherOptions): Loop =>
  startLoop({ step: () => wakeDue(options), log: options.log, trouble: TROUBLE });

/**
 * Wakes the workflows that have something to do and do not know. Returns how long to rest, in milliseconds.
 */
async function wakeDue({ db, client, taskQueue }: DispatcherOptions): Promise<number> {
  const endpoints = await db.$queryRaw<EndpointRef[]>`
    UPDATE webhook_endpoints SET busy_until = now() + ${BEGUN_WITHIN}::interval
    WHERE (program_id, id) IN (
      SELECT e.program_id, e.id FROM webhook_endpoints e
      WHERE e.status <> 'disabled' AND e.busy_until <= now() AND (
        e.status = 'filling'
        OR EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'waiting')
        OR EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'retrying'
                   AND d.due_at <= now() - ${OVERDUE}::interval))
      LIMIT ${WAKE_MAX} FOR UPDATE SKIP LOCKED)
    RETURNING program_id::text AS "programId", id::text AS "endpointId"`;
  await askWithin(client, SIGNAL_TIMEOUT_MS, () =>
    Promise.all(endpoints.map((endpoint) => wakeOne(client, taskQueue, endpoint))),
  );
  return endpoints.length === WAKE_MAX ? 0 : LOOK_MS;
}

const wakeOne = (client: Client, taskQueue: string, input: EndpointRef) =>
  client.workflow.signalWithStart(DELIVERY, {
    workflowId: `${DELIVERY}-${input.endpointId}`,
    taskQueue,
    args: [input],
    signal: wake,
    signalArgs: [],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: 'One endpoint: sends what is due to it, and retries',
    typedSearchAttributes: new TypedSearchAttributes([{ key: PROGRAM_ID, value: input.programId }]),
  });
