import { isMemberCommand, type MemberCommand } from '../../domain/members/commands.ts';
import { alreadyMerged } from '../../domain/members/merge.ts';
import { type ErasureReport, erasedRefusal } from '../../domain/privacy/erasure.ts';
import { ok, type Result } from '../../domain/refusal.ts';
import { decideEvent } from '../../engine/events/decide.ts';
import { lockOpenEvent, type OpenEvent } from '../../engine/events/lock.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { whoStays } from '../../engine/members/find.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberRef, MemberStep } from '../member-step.ts';
import { block, unblock } from './block.ts';
import { erase } from './erase.ts';
import { lockMerge, merge } from './merge.ts';
import { rename } from './rename.ts';
import type { Word, WordStep } from './word.ts';

const STEPS: Readonly<Record<MemberCommand, WordStep>> = {
  'member.blocked': block,
  'member.unblocked': unblock,
  'member.renamed': rename,
  'member.merged': merge,
  'member.erased': erase,
};

/**
 * Carries out operators' words about a member, in their order. Each is decided in the transaction that
 * carries it out, or its last part; a repeat finds it decided.
 */
export async function decideMember(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  for (const eventId of ref.eventIds) {
    let isDone = false;
    while (!isDone) isDone = await inTransaction(deps, (tx) => carryOut(deps, tx, ref, eventId));
  }
  return { due_at_ms: null };
}

/** Takes one transaction's part of a word. Returns whether nothing is left of it. */
async function carryOut(deps: ActivityDeps, tx: Tx, of: MemberRef, eventId: string): Promise<boolean> {
  const { programId } = of;
  const event = await lockOpenEvent(tx, { programId, eventId });
  if (event === null) return true;
  const type = commandOf(event);
  const { payload } = event;
  if (type === 'member.renamed') await letNobodyBeMade(tx, programId);
  if (type === 'member.merged') await lockMerge(tx, of, payload['intoMemberId'] ?? '');
  else if (type !== 'member.erased') await lockMembers(tx, programId, [of.memberId]);
  const ref = type === 'member.erased' ? await lockToErase(tx, of) : of;
  const { memberId } = ref;
  const member = await tx.member.findUniqueOrThrow({ where: { programId_id: { programId, id: memberId } } });
  const word = { id: eventId, type, payload, member };
  const possible = mayChange(word);
  const done = possible.ok ? await STEPS[type](tx, ref, word, deps) : possible;
  if (!done.ok) {
    await decideEvent(tx, { programId, eventId }, refusedOutcome(done));
    return true;
  }
  if (done.value === 'more') return false;
  await decideEvent(tx, { programId, eventId }, acceptedWith(done.value));
  return true;
}

/**
 * Locks whom an erasure takes: of a member who was merged since it was asked for, the one who stays. All that
 * was the other's is theirs by now, and who wants to be forgotten is one person. Returns whose it is.
 */
async function lockToErase(tx: Tx, of: MemberRef): Promise<MemberRef> {
  const { programId } = of;
  let [lockedId, memberId] = ['', await whoStays(tx, programId, of.memberId)];
  while (lockedId !== memberId) {
    await lockMembers(tx, programId, [memberId]);
    lockedId = memberId;
    memberId = await whoStays(tx, programId, memberId);
  }
  return { ...of, memberId };
}

/** Nothing but its own end is decided about a member who was erased, or merged into another. */
function mayChange({ type, member }: Word): Result<true> {
  if (member.erasedAt !== null && type !== 'member.erased') return erasedRefusal;
  return member.mergedInto !== null && type !== 'member.merged' ? alreadyMerged : ok(true);
}

const acceptedWith = (done: 'done' | { readonly erasure: ErasureReport }): Outcome => ({
  decision: 'accepted',
  ...(done === 'done' ? {} : done),
});

function commandOf({ type }: OpenEvent): MemberCommand {
  if (!isMemberCommand(type)) throw new Error(`no step for events of type ${type}`);
  return type;
}

/**
 * Until the end of the transaction no member of the program is made, or an id that is given to one could
 * become another's at the same moment (`members_keep_aliases`). Gives up after two seconds, to be tried
 * again, so that nobody waits behind it for long.
 */
async function letNobodyBeMade(tx: Tx, programId: string): Promise<void> {
  await tx.$executeRaw`SET LOCAL lock_timeout = '2s'`;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`aliases ${programId}`}, 0))`;
}
