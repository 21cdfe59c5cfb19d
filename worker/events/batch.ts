import type { Client } from '@temporalio/client';
import type { Log } from '../../platform/log.ts';
import type { ClaimedEvent } from './claim.ts';
import {
  deliverParcel,
  type Keeper,
  type Parcel,
  type Undelivered,
  type Urgency,
  whyUndelivered,
} from './deliver.ts';
import type { Handled } from './record.ts';
import { type Route, route } from './route.ts';

export interface Sender {
  readonly client: Client;
  readonly taskQueue: string;
  readonly log: Log;
  /** Asked first for each parcel. */
  readonly keeper: Keeper;
  /** The most deliveries at once. */
  readonly deliveries_max: number;
}

/**
 * Sends each claimed event to the keeper or its workflow, or lets it wait. Returns the result for each event.
 * `unavailable` says that Temporal did not accept all of them.
 */
export async function sendBatch(
  sender: Sender,
  events: readonly ClaimedEvent[],
  now_ms: number,
): Promise<{ handled: Handled[]; unavailable: boolean }> {
  const routed = routeAll(events, now_ms);
  const waits = routed.flatMap(({ event, route: way }) =>
    way.to === 'workflow' ? [] : [keepEvent(event, way)],
  );
  const { sent, unavailable } = await sendAll(sender, groupByWorkflow(routed));
  return { handled: [...waits, ...sent], unavailable };
}

/**
 * Routes each event after what it may build on, so that it goes along with what is sent and waits with what
 * waits.
 */
function routeAll(events: readonly ClaimedEvent[], now_ms: number) {
  const sent = new Set<string>();
  return [...events].sort(inOrder).map((event) => {
    const way = route(event, sent, now_ms);
    if (way.to === 'workflow') sent.add(event.id);
    return { event, route: way };
  });
}

const UNSENT = { rest_ms: 0, workflowId: null, reason: null, outcome: null, acted: null } as const;

/** Returns the record of an event that goes to no workflow, or not yet. */
function keepEvent({ programId, id }: ClaimedEvent, way: Exclude<Route, { to: 'workflow' }>): Handled {
  const event = { ...UNSENT, programId, id };
  switch (way.to) {
    case 'wait': {
      const { rest_ms, reason, acted = null } = way;
      return { ...event, state: 'waiting', rest_ms, reason, acted };
    }
    case 'refusal': {
      const { code, message } = way;
      return { ...event, state: 'decided', outcome: { decision: 'refused', code, message } };
    }
    case 'unmatched':
    case 'parked':
      return { ...event, state: way.to, reason: way.reason };
  }
}

/** Groups events by workflow, in their order. */
function groupByWorkflow(
  routed: readonly { event: ClaimedEvent; route: Route }[],
): Map<string, ClaimedEvent[]> {
  const groups = new Map<string, ClaimedEvent[]>();
  for (const { event, route: way } of routed) {
    if (way.to !== 'workflow') continue;
    const group = groups.get(way.workflowId);
    if (group === undefined) groups.set(way.workflowId, [event]);
    else group.push(event);
  }
  return groups;
}

const RANKS: Readonly<Record<string, number>> = { 'invitation.issued': 0, signup: 1, refund: 3 };
const rank = ({ type, target }: ClaimedEvent) => (target?.type === 'refund' ? 4 : (RANKS[type] ?? 2));
/** In order of arrival, except that signups come first and refunds last, and what takes these back after. */
const inOrder = (a: ClaimedEvent, b: ClaimedEvent) => rank(a) - rank(b) || Number(a.seq - b.seq);

/**
 * Gives each group to the keeper or sends it to its workflow, several at a time. Sends no more once Temporal
 * is unreachable.
 */
async function sendAll(
  sender: Sender,
  groups: ReadonlyMap<string, readonly ClaimedEvent[]>,
): Promise<{ sent: Handled[]; unavailable: boolean }> {
  const sent: Handled[] = [];
  const fates = new Set<Fate>();
  const note = (workflowId: string, fate: Fate) => {
    fates.add(fate);
    const events = groups.get(workflowId) ?? [];
    sent.push(...events.map((event) => afterSending(event, workflowId, fate)));
  };
  const parcels = [...groups].map(parcelOf).filter((parcel) => {
    const isTaken = sender.keeper.take(parcel);
    if (isTaken) note(parcel.workflowId, 'taken');
    return !isTaken;
  });
  let next = 0;
  const lane = async () => {
    for (let parcel = parcels[next++]; parcel !== undefined; parcel = parcels[next++]) {
      // An attempt without Temporal takes seconds, and a worker that stops waits for its whole batch.
      note(parcel.workflowId, fates.has('away') ? 'away' : await sendParcel(sender, parcel));
    }
  };
  await Promise.all(Array.from({ length: Math.min(sender.deliveries_max, parcels.length) }, lane));
  return { sent, unavailable: fates.has('away') || fates.has('failed') };
}

const parcelOf = ([workflowId, events]: readonly [string, readonly ClaimedEvent[]]): Parcel => ({
  workflowId,
  programId: events[0]?.programId ?? '',
  deliveries: events.map(({ id: eventId, type }) => ({ eventId, type })),
  urgency: urgencyOf(events),
});

type Fate = 'taken' | 'delivered' | Undelivered;

const SAID: Readonly<Record<Undelivered, string>> = {
  poison: 'events cannot be delivered and are parked',
  full: 'a workflow holds as many signals as it may; its events will be tried again',
  away: 'delivery failed, will be tried again',
  failed: 'delivery failed, will be tried again',
};

/** The most urgent event of a parcel takes the others along. */
function urgencyOf(events: readonly ClaimedEvent[]): Urgency {
  if (events.some(({ bulk, early }) => !bulk && early)) return 'awaited';
  return events.some(({ early }) => early) ? 'early' : 'bulk';
}

async function sendParcel(sender: Sender, parcel: Parcel): Promise<Fate> {
  try {
    await deliverParcel(sender.client, sender.taskQueue, parcel);
    return 'delivered';
  } catch (error) {
    const why = whyUndelivered(error);
    sender.log.warn({ err: error, workflowId: parcel.workflowId }, SAID[why]);
    return why;
  }
}

/**
 * When the pump takes an event again: after the first rest, then after twice as long each time, up to the
 * longest.
 */
interface Rests {
  readonly first_ms: number;
  readonly longest_ms: number;
}

/** An event that was handed over and is still not decided is handed over again. */
const REDELIVERY: Rests = { first_ms: 120_000, longest_ms: 3_600_000 };
/** A keeper forgets what it took when its process ends; Temporal does not. It decides within a second. */
const TAKEN: Rests = { first_ms: 10_000, longest_ms: 3_600_000 };
const UNAVAILABLE: Rests = { first_ms: 1_000, longest_ms: 60_000 };
/** A workflow needs minutes to decide the thousands that it holds. */
const FULL: Rests = { first_ms: 30_000, longest_ms: 600_000 };

const restOf = ({ first_ms, longest_ms }: Rests, attempts: number) =>
  Math.min(longest_ms, first_ms * 2 ** Math.min(attempts - 1, 10));

function afterSending({ programId, id, attempts }: ClaimedEvent, workflowId: string, fate: Fate): Handled {
  const event = { ...UNSENT, programId, id, workflowId };
  switch (fate) {
    case 'taken':
      return { ...event, state: 'delivered', rest_ms: restOf(TAKEN, attempts) };
    case 'delivered':
      return { ...event, state: 'delivered', rest_ms: restOf(REDELIVERY, attempts) };
    case 'poison':
      return { ...event, state: 'parked', reason: 'Temporal refused the delivery as invalid' };
    case 'full':
      return { ...event, state: 'pending', reason: 'workflow_full', rest_ms: restOf(FULL, attempts) };
    case 'away':
    case 'failed':
      return { ...event, state: 'pending', rest_ms: restOf(UNAVAILABLE, attempts) };
  }
}
