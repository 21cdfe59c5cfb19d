import type { WorkflowHandle } from '@temporalio/client';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { Database } from '../../prisma/client.ts';
import { deliverParcel } from '../../worker/events/deliver.ts';
import type { Delivery } from '../../workflows/messages.ts';
import { TASK_QUEUE, type TestEngine } from './engine.ts';
import { type EventSeed, seedEvent } from './seed.ts';

/** Stores events and hands them to their workflow together, as the pump does. Gives the workflow's handle. */
export async function handOver(
  engine: TestEngine,
  programId: string,
  workflowId: string,
  deliveries: readonly Delivery[],
): Promise<WorkflowHandle> {
  await deliverParcel(engine.client, TASK_QUEUE, { programId, workflowId, deliveries });
  return engine.client.workflow.getHandle(workflowId);
}

/** Stores an event and gives what is to be delivered of it. */
export async function store(
  db: Database,
  programId: string,
  event: EventSeed,
): Promise<Delivery & { readonly key: string }> {
  const { id, key } = await seedEvent(db, programId, event);
  return { eventId: id, type: event.type, key };
}

/** Looks until something holds; fails after half a minute with what it is waiting for. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (const started_ms = Date.now(); Date.now() - started_ms < 30_000; ) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** The outcome of an event, once it is decided. */
export async function outcomeOf(db: Database, eventId: string): Promise<Outcome> {
  const event = await until(`the decision of event ${eventId}`, () =>
    db.event.findFirst({ where: { id: eventId, state: 'decided' } }),
  );
  return event.outcome as unknown as Outcome;
}
