import { REWARD_COMMANDS } from '../../domain/rewards/correction.ts';
import { decidedEvents, notifyDecided } from '../../engine/events/decide.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { POINTS_RECOUNT } from '../../engine/points/recount.ts';
import { toJsonText } from '../../platform/hash.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';

/** What waits where its own step cannot decide it yet. */
const DECIDED_ELSEWHERE = ['member.acted', POINTS_RECOUNT, ...REWARD_COMMANDS];

const ACCEPTED: Outcome = { decision: 'accepted' };

/**
 * Accepts the events of a batch that no step decided, because there was nothing to decide about them. An
 * event that a step decided stays as it is. An action, a refund or an operator's command belongs to
 * the step that decides it, and waits while the program is paused.
 */
export async function closeMemberEvents(
  { db, countDecision }: ActivityDeps,
  { programId, eventIds }: MemberEvents,
): Promise<MemberStep> {
  if (eventIds.length === 0) return { due_at_ms: null };
  const commands = Prisma.sql`
    SELECT program_id, id, ${toJsonText(ACCEPTED)}::jsonb AS outcome FROM events
    WHERE program_id = ${programId}::uuid AND id = ANY(${[...eventIds]}::uuid[])
      AND type <> ALL(${DECIDED_ELSEWHERE}) AND position('.' IN type) > 0`;
  // One statement is a transaction of its own.
  const closed = await db.$queryRaw<unknown[]>`
    WITH ${decidedEvents(commands)}
    SELECT id::text, notified FROM decision, (${notifyDecided}) notice`;
  for (const _ of closed) countDecision(ACCEPTED);
  return { due_at_ms: null };
}
