import { NO_CHANGES, type NumberChanges } from '../../domain/points/numbers.ts';
import { EMPTY_TALLY } from '../../domain/points/tally.ts';
import { isOnHold } from '../../domain/programs/deciding.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import { decideEvent } from '../../engine/events/decide.ts';
import { lockOpenEvent } from '../../engine/events/lock.ts';
import { waitForProgram } from '../../engine/events/wait.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { moverOf } from '../../engine/points/move.ts';
import { notePointsAsked, pointRecountOf } from '../../engine/points/recount.ts';
import { type Recounted, readRecounted, readRecountedActions } from '../../engine/points/recounted.ts';
import { writeMoves } from '../../engine/points/write.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { tryAgain } from '../errors.ts';
import type { MemberRef } from '../member-step.ts';
import { decideShift, MOVED_MAX, pointChangesOf, readPointTurns, type Shift } from './shift.ts';
import { postShift } from './shift-post.ts';
import { recountTraceOf, shiftWrites } from './shift-writes.ts';

/**
 * Asks point rules about a member's actions again, since their signup has come, or since the referrer's count
 * is another at the actions' own times. Takes back and grants where the answers differ from those by what the
 * rules had seen, and leaves what one transaction does not get to, to a command like this one. A repeat finds
 * nothing that differs.
 */
export async function recountPoints(
  tx: Tx,
  policies: Policies,
  { eventId, ...ref }: MemberRef & { readonly eventId: string },
): Promise<void> {
  const { programId, memberId, now_ms } = ref;
  const open = await lockOpenEvent(tx, { programId, eventId });
  if (open === null) return;
  const member = await readRecounted(tx, policies, ref);
  if (isOnHold(member.programStatus)) return await waitForProgram(tx, { programId, eventId });
  const shift = await readRecountShift(tx, policies, member, {
    how: 'recount',
    programId,
    eventId,
    occurred_at_ms: open.occurredAt.getTime(),
  });
  const recounted = shift.moved.length === 0 ? NO_CHANGES : await turnRound(tx, member, shift);
  if (shift.hasMore) await callWorkflows(tx, [pointRecountOf({ programId, memberId, by: eventId, now_ms })]);
  const trace = { actions_asked: shift.moved.length, ...recountTraceOf(recounted) };
  await decideEvent(tx, { programId, eventId }, { decision: 'accepted', trace });
}

/** Locks whom it concerns, and reads what there is to turn round. */
async function readRecountShift(
  tx: Tx,
  policies: Policies,
  member: Recounted,
  by: Shift['by'],
): Promise<Shift> {
  const { programId, actor, referrerId } = member;
  const people = await lockMembers(tx, programId, [actor.id, ...(referrerId === null ? [] : [referrerId])]);
  const rows = await readRecountedActions(tx, policies, member, MOVED_MAX + 1);
  const isKnown = (id: string | null) => id === null || people.has(id);
  if (!rows.every(({ now }) => isKnown(now.referrerId))) {
    throw tryAgain('the member was credited to somebody while their actions were asked again');
  }
  return await readPointTurns(tx, policies, by, { rows, tally: { ...EMPTY_TALLY, people } });
}

/** Moves the points, and writes down by what the rules have been asked. */
async function turnRound(tx: Tx, member: Recounted, shift: Shift): Promise<NumberChanges> {
  const { programId } = member;
  const mover = moverOf(member);
  const moves = await decideShift(tx, shift, shift.tally);
  const posted = await postShift(tx, mover, { shift, moves });
  const all = [...moves.lost, ...moves.gains.flatMap(({ move }) => move ?? []), ...posted.shares];
  await writeMoves(tx, mover, [{ moves: all.filter(({ key }) => posted.postedKeys.has(key)) }]);
  await tx.$executeRaw`WITH ${Prisma.join(shiftWrites(shift, null), ', ')} SELECT`;
  await notePointsAsked(tx, programId, shift.moved);
  return pointChangesOf(shift, moves, posted);
}
