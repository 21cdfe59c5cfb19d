import type { Client } from '@temporalio/client';
import type { Log } from '../../platform/log.ts';
import type { ClaimedEvent } from './claim.ts';
import { deliverParcel, type Parcel, type Undelivered, whyUndelivered } from './deliver.ts';
import type { Handled } from './record.ts';
import { type Route, route } from './route.ts';

/** An event that was handed over and is still not decided after this is handed over again, later each time. */
const REDELIVER_MS = 120_000;
const REDELIVER_MAX_MS = 3_600_000;
const UNAVAILABLE_REST_MS = 1_000;
const UNAVAILABLE_REST_MAX_MS = 60_000;

export interface Sender {
  readonly client: Client;
  readonly taskQueue: string;
  readonly log: Log;
  /** How many deliveries may be under way at once. */
  readonly deliveries_max: number;
}

/** Sends each claimed event where it belongs and says what became of it. `unavailable`: Temporal did not take all. */
export async function sendBatch(
  sender: Sender,
  events: readonly ClaimedEvent[],
  now_ms: number,
): Promise<{ handled: Handled[]; unavailable: boolean }> {
  const batch = new Set(events.map(({ id }) => id));
  const routed = events.map((event) => ({ event, route: route(event, batch, now_ms) }));
  const handled = routed.flatMap(({ event, route: taken }) =>
    taken.to === 'workflow' ? [] : [aside(event, taken)],
  );
  const parcels = [...groupByWorkflow(routed).entries()];
  const fates = new Set<Fate>();
  let next = 0;
  const lane = async () => {
    for (let parcel = parcels[next++]; parcel !== undefined; parcel = parcels[next++]) {
      const [workflowId, members] = parcel;
      // A try without Temporal takes seconds, and a worker that is told to stop waits for all of a batch.
      const fate = fates.has('away') ? 'away' : await send(sender, workflowId, members);
      fates.add(fate);
      handled.push(...members.map((event) => sent(event, workflowId, STATES[fate])));
    }
  };
  await Promise.all(Array.from({ length: Math.min(sender.deliveries_max, parcels.length) }, lane));
  return { handled, unavailable: fates.has('away') || fates.has('failed') };
}

type Fate = 'delivered' | Undelivered;
const STATES = { delivered: 'delivered', poison: 'parked', away: 'pending', failed: 'pending' } as const;

async function send(sender: Sender, workflowId: string, events: readonly ClaimedEvent[]): Promise<Fate> {
  const parcel: Parcel = {
    workflowId,
    programId: events[0]?.program_id ?? '',
    deliveries: events.map(({ id: eventId, type }) => ({ eventId, type })),
  };
  try {
    await deliverParcel(sender.client, sender.taskQueue, parcel);
    return 'delivered';
  } catch (error) {
    const why = whyUndelivered(error);
    sender.log.warn(
      { err: error, workflowId },
      why === 'poison' ? 'events cannot be delivered and are parked' : 'delivery failed, will be tried again',
    );
    return why;
  }
}

/** A workflow's events in order of arrival, but a signup before what builds on it and a refund after. */
function groupByWorkflow(
  routed: readonly { event: ClaimedEvent; route: Route }[],
): Map<string, ClaimedEvent[]> {
  const groups = new Map<string, ClaimedEvent[]>();
  for (const { event, route: taken } of routed) {
    if (taken.to !== 'workflow') continue;
    const group = groups.get(taken.workflowId);
    if (group === undefined) groups.set(taken.workflowId, [event]);
    else group.push(event);
  }
  for (const group of groups.values()) group.sort((a, b) => rank(a) - rank(b) || Number(a.seq - b.seq));
  return groups;
}

const RANKS: Readonly<Record<string, number>> = { 'invitation.issued': 0, signup: 1, refund: 3 };
const rank = ({ type }: ClaimedEvent) => RANKS[type] ?? 2;

function sent(
  { program_id, id, attempts }: ClaimedEvent,
  workflow_id: string,
  state: (typeof STATES)[Fate],
): Handled {
  const again =
    state === 'delivered' ? [REDELIVER_MS, REDELIVER_MAX_MS] : [UNAVAILABLE_REST_MS, UNAVAILABLE_REST_MAX_MS];
  const rest_ms = Math.min(again[1] ?? 0, (again[0] ?? 0) * 2 ** Math.min(attempts - 1, 10));
  const reason = state === 'parked' ? 'Temporal refused the delivery as invalid' : null;
  return { program_id, id, state, rest_ms, workflow_id, reason, outcome: null, acted: null };
}

function aside({ program_id, id }: ClaimedEvent, taken: Exclude<Route, { to: 'workflow' }>): Handled {
  const base = { program_id, id, rest_ms: 0, workflow_id: null, reason: null, outcome: null, acted: null };
  switch (taken.to) {
    case 'wait':
      return {
        ...base,
        state: 'waiting',
        rest_ms: taken.rest_ms,
        reason: taken.reason,
        acted: taken.acted ?? null,
      };
    case 'refusal':
      return {
        ...base,
        state: 'decided',
        outcome: { decision: 'refused', code: taken.code, message: taken.message },
      };
    case 'unmatched':
    case 'parked':
      return { ...base, state: taken.to, reason: taken.reason };
  }
}
