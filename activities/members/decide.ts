import { judgeBlock } from '../../domain/members/block.ts';
import { isMemberCommand, type MemberCommand } from '../../domain/members/commands.ts';
import { decideEvent } from '../../engine/events/decide.ts';
import { lockOpenEvent, type OpenEvent } from '../../engine/events/lock.ts';
import { refusedOutcome } from '../../engine/events/outcome.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberRef, MemberStep } from '../member-step.ts';
import { block, unblock } from './block.ts';

/**
 * Carries out operators' words about a member, in their order: blocks, and ends a block. Each is decided in
 * the transaction that carries it out, or its last part; a repeat finds it decided.
 */
export async function decideMember(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  for (const eventId of ref.eventIds) {
    let isDone = false;
    while (!isDone) isDone = await inTransaction(deps, (tx) => carryOut(tx, ref, eventId));
  }
  return { due_at_ms: null };
}

/** Takes one transaction's part of a command. Returns whether nothing is left of it. */
async function carryOut(tx: Tx, ref: MemberRef, eventId: string): Promise<boolean> {
  const { programId, memberId } = ref;
  const event = await lockOpenEvent(tx, { programId, eventId });
  if (event === null) return true;
  await lockMembers(tx, programId, [memberId]);
  const { blockedAt } = await tx.member.findUniqueOrThrow({
    where: { programId_id: { programId, id: memberId } },
    select: { blockedAt: true },
  });
  const type = commandOf(event);
  const judged = judgeBlock(blockedAt !== null, type === 'member.blocked' ? 'block' : 'unblock');
  if (judged.ok && !(await STEPS[type](tx, ref, { ...event, id: eventId }))) return false;
  await decideEvent(
    tx,
    { programId, eventId },
    judged.ok ? { decision: 'accepted' } : refusedOutcome(judged),
  );
  return true;
}

const STEPS = { 'member.blocked': block, 'member.unblocked': unblock };

function commandOf({ type }: OpenEvent): MemberCommand {
  if (!isMemberCommand(type)) throw new Error(`no step for events of type ${type}`);
  return type;
}
