import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { isPassing } from '../errors.ts';
import type { MemberEvents, MemberRef, MemberStep } from '../member-step.ts';
import { countGroup, type GroupEnd } from './group.ts';
import { NotTogether } from './not-together.ts';
import { recountPoints } from './recount.ts';
import { settleNext } from './settle.ts';
import { type DueEvent, groupsOf, readWork } from './work.ts';

/**
 * Counts a member's actions for points, levels and achievements, as if each came alone: in groups of one
 * transaction each, which also decides the events. Grants what achievements owe at the end, and before a
 * refund that may take it back or an event alone that may move it. In a paused program an event goes back to
 * wait. A repeat takes up where the last try stopped. An event that can never be decided fails alone: all
 * others are decided, but for refunds of it. A command that has the member's actions asked again is taken
 * alone.
 */
export async function countActions(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  const { events, owes } = await readWork(deps, ref);
  const progress: Progress = { groups: groupsOf(events), owes, failed: new Map() };
  for (let group = progress.groups.shift(); group !== undefined; group = progress.groups.shift()) {
    await countNext(deps, ref, group, progress);
  }
  for (const error of progress.failed.values()) throw error;
  if (progress.owes) await settleAll(deps, ref);
  return { due_at_ms: null };
}

/** How far a batch is. */
interface Progress {
  /** What is left to be counted, in order. */
  readonly groups: DueEvent[][];
  /** An achievement may owe its benefit. */
  owes: boolean;
  /** Events that cannot be decided, and why. */
  readonly failed: Map<string, unknown>;
}

async function countNext(
  deps: ActivityDeps,
  ref: MemberEvents,
  group: DueEvent[],
  progress: Progress,
): Promise<void> {
  const { groups, failed } = progress;
  const [first] = group;
  if (first === undefined) return;
  const priorError = failed.get(first.prior ?? '');
  if (priorError !== undefined) {
    // It would be refused for good, as if there were nothing to take back.
    failed.set(first.id, priorError);
    return;
  }
  if ((first.settlesFirst || group.length === 1) && progress.owes) {
    await settleAll(deps, ref);
    progress.owes = false;
  }
  try {
    const { rest, owes } = await takeGroup(deps, ref, group);
    progress.owes ||= owes;
    if (rest.length > 0) groups.unshift(group.filter(({ id }) => rest.includes(id)));
  } catch (error) {
    if (error instanceof NotTogether) groups.unshift(...group.map((event) => [event]));
    else if (isPassing(error)) throw error;
    else if (group.length === 1) failed.set(first.id, error);
    else groups.unshift(...halvesOf(group));
  }
}

function takeGroup(deps: ActivityDeps, ref: MemberEvents, group: readonly DueEvent[]): Promise<GroupEnd> {
  const [first] = group;
  return inTransaction(deps, async (tx) => {
    if (first?.isRecount !== true) {
      return await countGroup(deps, tx, { ...ref, eventIds: group.map(({ id }) => id) });
    }
    await recountPoints(tx, deps.policies, { ...ref, eventId: first.id });
    return { rest: [], owes: false };
  });
}

const halvesOf = (group: readonly DueEvent[]): DueEvent[][] => {
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)];
};

async function settleAll(deps: ActivityDeps, ref: MemberRef): Promise<void> {
  let settled = true;
  while (settled) settled = await settleNext(deps, ref);
}
