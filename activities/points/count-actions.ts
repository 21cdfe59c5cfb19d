import { refuse } from '../../domain/refusal.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { readSource } from '../../engine/points/source.ts';
import { inTransaction, noteDecision } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';
import { countSource } from './count.ts';
import { settleNext } from './settle.ts';

/**
 * Counts what the member did for points, levels and achievements: each event in a transaction of its own, which also decides it, then
 * each benefit that an achievement still owes. A repeat finds the events decided and the benefits granted.
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

interface Work {
  /** Undecided events to be counted, in their order; a refund after what it takes back, should that still wait. */
  readonly eventIds: readonly string[];
  /** An achievement's benefit is to be granted. */
  readonly owes: boolean;
}

async function readWork(
  { db }: ActivityDeps,
  { programId, memberId, eventIds }: MemberEvents,
): Promise<Work> {
  const [row] = await db.$queryRaw<
    { owes: boolean; due: readonly { id: string; prior: string | null }[] | null }[]
  >`
    SELECT EXISTS (
      SELECT FROM achievement_awards WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid AND status = 'earned') AS owes, (
      SELECT jsonb_agg(jsonb_build_object('id', e.id, 'prior', coalesce(a.id, d.id)) ORDER BY e.seq)
      FROM events e
      JOIN events s ON s.program_id = e.program_id AND s.id = CASE e.type WHEN 'member.acted' THEN (e.payload->>'event')::uuid ELSE e.id END
      LEFT JOIN events t ON t.program_id = s.program_id AND t.key = s.refund_of
      LEFT JOIN events a ON a.program_id = t.program_id AND a.key = 'acted:' || t.id AND a.state <> 'decided'
      LEFT JOIN events d ON d.program_id = t.program_id AND d.id = t.id AND d.workflow_id = ${`member-${memberId}`} AND d.state <> 'decided'
      WHERE e.program_id = ${programId}::uuid AND e.id = ANY(${[...eventIds]}::uuid[]) AND e.state <> 'decided'
        AND (e.type = 'member.acted' OR position('.' IN e.type) = 0)) AS due`;
  const due = row?.due ?? [];
  const ids = due.flatMap(({ id, prior }) => (prior === null ? [id] : [prior, id]));
  return { eventIds: [...new Set(ids)], owes: row?.owes ?? false };
}

async function countEvent(deps: ActivityDeps, tx: Tx, ref: MemberEvents, eventId: string): Promise<void> {
  const [event] = await tx.$queryRaw<{ state: string; type: string; payload: { event?: string } }[]>`
    SELECT state::text, type, payload FROM events
    WHERE program_id = ${ref.programId}::uuid AND id = ${eventId}::uuid FOR UPDATE`;
  if (event === undefined) throw new Error(`event ${eventId} does not exist`);
  if (event.state === 'decided') return;
  const sourceId = event.type === 'member.acted' ? (event.payload.event ?? '') : eventId;
  const source = await readSource(tx, deps.policies, ref.programId, sourceId);
  const outcome =
    source === null
      ? refusedOutcome(refuse('member_unknown', 'The event’s member is not known.'))
      : await countSource(tx, deps.policies, source);
  await decide(tx, ref, eventId, outcome);
}

/**
 * Puts the outcome on record, wakes whoever waits for it, and makes the member's events due that waited for this one. Who decided it is
 * named here too, as a decision may come before the pump has noted where it sent the event, and a refund is sent to the same place.
 */
async function decide(
  tx: Tx,
  { programId, memberId }: MemberEvents,
  eventId: string,
  outcome: Outcome,
): Promise<void> {
  noteDecision(tx, outcome);
  await tx.$queryRaw`
    WITH decided AS (
      UPDATE events SET state = 'decided', outcome = ${toJsonText(outcome)}::jsonb, decided_at = now(), reason = NULL,
        workflow_id = coalesce(workflow_id, ${`member-${memberId}`})
      WHERE program_id = ${programId}::uuid AND id = ${eventId}::uuid
      RETURNING id, subject, awaited
    ), woken AS (
      UPDATE events e SET due_at = now() FROM decided d
      WHERE e.program_id = ${programId}::uuid AND e.subject = d.subject AND e.state = 'waiting' AND e.id <> d.id
    )
    SELECT count(pg_notify('decided', id::text)) FROM decided WHERE awaited`;
}
