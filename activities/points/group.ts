import { isOnHold } from '../../domain/programs/deciding.ts';
import { refuse } from '../../domain/refusal.ts';
import { type Decision, decidedBy, notifyDecided, wokenByAll } from '../../engine/events/decide.ts';
import { lockOpenEvents } from '../../engine/events/lock.ts';
import { refusedOutcome } from '../../engine/events/outcome.ts';
import { allWaitForProgram } from '../../engine/events/wait.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { readSources, type SourceEvent } from '../../engine/points/source.ts';
import { noteDecision } from '../../engine/transaction.ts';
import { POSTINGS_PER_CALL_MAX } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents } from '../member-step.ts';
import { type CountedActions, countSources } from './count.ts';
import { takeBack } from './take-back.ts';

/** What a transaction did with a group of events. */
export interface GroupEnd {
  /** Events that are left for the next transaction. */
  readonly rest: readonly string[];
  /** An achievement was earned, whose benefit may be granted in a step of its own. */
  readonly owes: boolean;
}

/** An event of the member's queue that is due, and the event that it stands for. */
interface QueuedEvent {
  readonly eventId: string;
  readonly subject: string | null;
  /** Null: the event's member is not known. */
  readonly source: SourceEvent | null;
}

/**
 * Counts a group of a member's events in one transaction, which also decides them, in their order. A group is
 * actions, or one refund. Locks the events in the order of their arrival, then the members, then accounts. In
 * a paused program they go back to wait. What is decided already is left as it is.
 */
export async function countGroup(
  deps: ActivityDeps,
  tx: Tx,
  { eventIds, ...ref }: MemberEvents,
): Promise<GroupEnd> {
  const { programId } = ref;
  const queue = await lockQueue(deps, tx, { ...ref, eventIds });
  const isHeld = ({ source }: QueuedEvent) => source !== null && isOnHold(source.programStatus);
  const held = queue.filter(isHeld).map(({ eventId }) => eventId);
  if (held.length > 0) await allWaitForProgram(tx, programId, held);
  const due = queue.filter((event) => !isHeld(event));
  const run = runOf(due);
  const rest = due.slice(run.length).map(({ eventId }) => eventId);
  if (run.length === 0) return { rest, owes: false };
  const { outcomes, writes, isOpen } = await countRun(deps, tx, run);
  const owes = outcomes.some(({ achievements = [] }) => achievements.length > 0);
  if (isOpen) {
    await tx.$executeRaw`WITH ${Prisma.join([...writes], ', ')} SELECT`;
    return { rest: due.map(({ eventId }) => eventId), owes };
  }
  const decisions = run.map(({ eventId }, nth): Decision => {
    const outcome = outcomes[nth];
    if (outcome === undefined) throw new Error(`event ${eventId} was not decided`);
    return { eventId, outcome };
  });
  await decideRun(tx, ref, { run, decisions, writes });
  return { rest, owes };
}

/** Locks those that are not decided, and reads what they stand for: a `member.acted` names another event. */
async function lockQueue(
  deps: ActivityDeps,
  tx: Tx,
  { programId, eventIds, now_ms }: MemberEvents,
): Promise<QueuedEvent[]> {
  const open = await lockOpenEvents(tx, programId, eventIds);
  const queue = eventIds.flatMap((eventId) => {
    const event = open.get(eventId);
    if (event === undefined) return [];
    const isActed = event.type === 'member.acted';
    return [
      { eventId, subject: event.subject, sourceId: isActed ? (event.payload['event'] ?? '') : eventId },
    ];
  });
  if (queue.length === 0) return [];
  const sourceIds = [...new Set(queue.map(({ sourceId }) => sourceId))];
  const lockedIds = new Set(open.keys());
  const sources = await readSources(tx, deps.policies, { programId, eventIds: sourceIds, now_ms, lockedIds });
  return queue.map(({ sourceId, ...event }) => ({ ...event, source: sources.get(sourceId) ?? null }));
}

/**
 * The first of these that one transaction can decide: a refund alone, or actions of one member that bring no
 * more postings than the ledger takes in a call.
 */
function runOf(due: readonly QueuedEvent[]): readonly QueuedEvent[] {
  const first = due.find(({ source }) => source !== null)?.source;
  let room = POSTINGS_PER_CALL_MAX;
  const end = due.findIndex(({ source }, nth) => {
    if (source === null) return false;
    if (source.type === 'refund') return nth > 0;
    room -= postingsAtMost(source);
    return source.actor.id !== first?.actor.id || first.type === 'refund' || (room < 0 && nth > 0);
  });
  return end === -1 ? due : due.slice(0, end);
}

/** How many postings an event may ask for: one of each rule and achievement on its type. */
function postingsAtMost({ points, type }: SourceEvent): number {
  const rules = points?.rules.filter(({ event }) => event === type) ?? [];
  const achievements = points?.achievements.filter(({ test }) => test.event === type) ?? [];
  return rules.length + achievements.length;
}

async function countRun(
  { policies }: ActivityDeps,
  tx: Tx,
  run: readonly QueuedEvent[],
): Promise<CountedActions> {
  const sources = run.flatMap(({ source }) => source ?? []);
  const [first] = sources;
  const isRefund = first?.type === 'refund';
  const counted = isRefund
    ? { outcomes: [await takeBack(tx, policies, first)], writes: [], isOpen: false }
    : await countSources(tx, policies, sources);
  const known = counted.outcomes.values();
  return {
    ...counted,
    outcomes: run.map(({ source }) => (source === null ? UNKNOWN : (known.next().value ?? UNKNOWN))),
  };
}

const UNKNOWN = refusedOutcome(refuse('member_unknown', 'The event’s member is not known.'));

/**
 * Decides events and makes the member's events that waited for them due. Also names the workflow, because a
 * decision may come before the pump has recorded where it sent the event. A refund goes to the same place.
 */
async function decideRun(
  tx: Tx,
  { programId, memberId }: Omit<MemberEvents, 'eventIds'>,
  {
    run,
    decisions,
    writes,
  }: {
    readonly run: readonly QueuedEvent[];
    readonly decisions: readonly Decision[];
    readonly writes: readonly Prisma.Sql[];
  },
): Promise<void> {
  for (const { outcome } of decisions) noteDecision(tx, outcome);
  const subjects = [...new Set(run.flatMap(({ subject }) => subject ?? []))];
  const eventIds = decisions.map(({ eventId }) => eventId);
  const parts = [
    ...writes,
    decidedBy(programId, decisions, memberWorkflow(memberId)),
    ...(subjects.length === 0 ? [] : [wokenByAll(programId, subjects, eventIds)]),
  ];
  await tx.$executeRaw`WITH ${Prisma.join(parts, ', ')} ${notifyDecided}`;
}
