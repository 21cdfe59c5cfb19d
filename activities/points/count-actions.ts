import { isOnHold } from '../../domain/programs/deciding.ts';
import { refuse } from '../../domain/refusal.ts';
import { type Decision, decidedEvent, notifyDecided, wokenEvents } from '../../engine/events/decide.ts';
import { lockOpenEvent } from '../../engine/events/lock.ts';
import { refusedOutcome } from '../../engine/events/outcome.ts';
import { waitForProgram } from '../../engine/events/wait.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { readSource } from '../../engine/points/source.ts';
import { inTransaction, noteDecision } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';
import { countSource } from './count.ts';
import { settleNext } from './settle.ts';

/**
 * Counts a member's actions for points, levels and achievements: each event in a transaction of its own,
 * which also decides the event. Then grants each benefit that an achievement still owes. In a paused program
 * an event goes back to wait. A repeat finds the events decided and the benefits granted.
 */
export async function countActions(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  const { eventIds, owes } = await readWork(deps, ref);
  for (const eventId of eventIds) {
    await inTransaction(deps, (tx) => countEvent(deps, tx, ref, eventId));
  }
  if (owes || eventIds.length > 0) {
    let settled = true;
    while (settled) settled = await settleNext(deps, ref);
  }
  return { due_at_ms: null };
}

/** What there is to do for a member. */
interface Work {
  /**
   * Undecided events to be counted, in order. A refund comes after the action that it takes back if that
   * action is still waiting.
   */
  readonly eventIds: readonly string[];
  /** An achievement's benefit is to be granted. */
  readonly owes: boolean;
}

async function readWork(deps: ActivityDeps, ref: MemberEvents): Promise<Work> {
  const { programId, memberId } = ref;
  const [row] = await deps.db.$queryRaw<{ owes: boolean; due: readonly DueEvent[] | null }[]>`
    SELECT (${dueEvents(ref)}) AS due, EXISTS (
      SELECT FROM achievement_awards
      WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid AND status = 'earned') AS owes`;
  const ids = (row?.due ?? []).flatMap(({ id, prior }) => (prior === null ? [id] : [prior, id]));
  return { eventIds: [...new Set(ids)], owes: row?.owes ?? false };
}

interface DueEvent {
  readonly id: string;
  /** For a refund: the event that counts what it takes back, while that is undecided. */
  readonly prior: string | null;
}

/**
 * The events of a batch that are to be counted, as JSON. `e` is the event in the member's queue and `s` the
 * event that it stands for: a `member.acted` names another event, all others stand for themselves. `t` is the
 * action that a refund takes back. Either its own `member.acted`, `a`, counts it, or, where it was sent to
 * this member, `d` does.
 */
const dueEvents = ({ programId, memberId, eventIds }: MemberEvents) => Prisma.sql`
      SELECT jsonb_agg(jsonb_build_object('id', e.id, 'prior', coalesce(a.id, d.id)) ORDER BY e.seq)
      FROM events e
      JOIN events s ON s.program_id = e.program_id
        AND s.id = CASE e.type WHEN 'member.acted' THEN (e.payload->>'event')::uuid ELSE e.id END
      LEFT JOIN events t ON t.program_id = s.program_id AND t.key = s.refund_of
      LEFT JOIN events a ON a.program_id = t.program_id AND a.key = 'acted:' || t.id AND a.state <> 'decided'
      LEFT JOIN events d ON d.program_id = t.program_id AND d.id = t.id
        AND d.workflow_id = ${memberWorkflow(memberId)} AND d.state <> 'decided'
      WHERE e.program_id = ${programId}::uuid AND e.id = ANY(${[...eventIds]}::uuid[])
        AND e.state <> 'decided' AND (e.type = 'member.acted' OR position('.' IN e.type) = 0)`;

async function countEvent(deps: ActivityDeps, tx: Tx, ref: MemberEvents, eventId: string): Promise<void> {
  const { programId, now_ms } = ref;
  const event = await lockOpenEvent(tx, { programId, eventId });
  if (event === null) return;
  const sourceId = event.type === 'member.acted' ? (event.payload['event'] ?? '') : eventId;
  const source = await readSource(tx, deps.policies, { programId, eventId: sourceId, now_ms });
  if (source !== null && isOnHold(source.programStatus)) {
    return await waitForProgram(tx, { programId, eventId });
  }
  const outcome =
    source === null
      ? refusedOutcome(refuse('member_unknown', 'The event’s member is not known.'))
      : await countSource(tx, deps.policies, source);
  await decideCount(tx, ref, { eventId, outcome }, event.subject);
}

/**
 * Decides an event and makes the member's events that waited for it due. Also names the workflow, because a
 * decision may come before the pump has recorded where it sent the event. A refund goes to the same place.
 */
async function decideCount(
  tx: Tx,
  { programId, memberId }: MemberEvents,
  decision: Decision,
  subject: string | null,
): Promise<void> {
  noteDecision(tx, decision.outcome);
  await tx.$executeRaw`
    WITH ${decidedEvent(programId, decision, memberWorkflow(memberId))},
    ${wokenEvents(programId, subject, decision.eventId)}
    ${notifyDecided}`;
}
