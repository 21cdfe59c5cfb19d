import { judgeMerge, judgeMergeLoad, MERGE_ROWS_MAX } from '../../domain/members/merge.ts';
import { ok } from '../../domain/refusal.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import { tell } from '../../engine/events/outbox.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { mergeScores } from '../../engine/leaderboards/merge.ts';
import { whoStays } from '../../engine/members/find.ts';
import { mergeLoad, rowsToMove } from '../../engine/members/merge-load.ts';
import type { Merge } from '../../engine/members/merging.ts';
import { mergeMilestones } from '../../engine/milestones/merge.ts';
import { mergePoints } from '../../engine/points/merge.ts';
import { lockMade, lockToMerge, mergeReferrals } from '../../engine/referrals/merge.ts';
import { mergeCounts } from '../../engine/referrals/recount.ts';
import { mergeNth } from '../../engine/rewards/nth.ts';
import { mergeRefused } from '../../engine/rewards/refused.ts';
import { mergeSurveys } from '../../engine/surveys/merge.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Member } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef } from '../member-step.ts';
import { mergeBalances } from './merge-balances.ts';
import { giveSubjects } from './merge-events.ts';
import { mergeIds, mergeMember, mergeRows } from './merge-rows.ts';
import { about, moment, type Word, type WordStep } from './word.ts';

/**
 * Merges a member into another: all that is theirs moves in one transaction, or the merge is refused and
 * nothing has changed. Events that others held meanwhile get their new subject in transactions of their own,
 * which follow.
 */
export const merge: WordStep = async (tx, ref, word, deps) => {
  const { programId, memberId: goesId } = ref;
  const staysId = await whoStays(tx, programId, word.payload['intoMemberId'] ?? '');
  if (word.member.mergedBy === word.id) {
    const left = await giveSubjects(tx, { programId, goesId, staysId }, 'all');
    return ok(left ? 'more' : 'done');
  }
  const stays = await readMember(tx, programId, staysId);
  const possible = judgeMerge(word.member, stays);
  if (!possible.ok) return possible;
  const bearable = judgeMergeLoad(await mergeLoad(tx, programId, goesId));
  if (!bearable.ok) return bearable;
  await move(deps, tx, ref, { goes: word.member, stays, word });
  return ok('more');
};

const readMember = (tx: Tx, programId: string, id: string): Promise<Member> =>
  tx.member.findUniqueOrThrow({ where: { programId_id: { programId, id } } });

/**
 * Locks what a merge changes, in the order in which events lock it: referrals before members. Follows the
 * member who stays where they were merged meanwhile. Of a member with too much to move it locks the members
 * alone, for the refusal.
 */
export async function lockMerge(tx: Tx, { programId, memberId }: MemberRef, intoId: string): Promise<void> {
  if ((await rowsToMove(tx, programId, memberId)) <= MERGE_ROWS_MAX) await lockMade(tx, programId, memberId);
  let [lockedId, staysId] = ['', await whoStays(tx, programId, intoId)];
  while (lockedId !== staysId) {
    await lockToMerge(tx, { programId, goesId: memberId, staysId });
    lockedId = staysId;
    staysId = await whoStays(tx, programId, staysId);
  }
}

/** Money comes last: by then nobody else can move what is the member's. */
async function move(
  deps: ActivityDeps,
  tx: Tx,
  ref: MemberRef,
  { goes, stays, word }: { readonly goes: Member; readonly stays: Member; readonly word: Word },
): Promise<void> {
  const { programId, now_ms } = ref;
  const { actor = null, note = null } = word.payload;
  const saying = { actor, note };
  const pair: Merge = { programId, goesId: goes.id, staysId: stays.id, commandId: word.id, saying, now_ms };
  await mergeReferrals(tx, pair);
  await mergeIds(tx, pair, goes);
  await mergeMember(tx, pair, { goes, stays });
  if (goes.timedUntil !== null || stays.timedUntil !== null) await mergeNth(tx, pair);
  await mergeRows(tx, pair);
  await mergeCounts(tx, pair);
  await mergeRefused(tx, pair);
  await mergeSurveys(tx, pair);
  await mergeMilestones(tx, pair);
  await mergePoints(tx, deps.policies, pair);
  await mergeScores(tx, pair);
  await giveSubjects(tx, pair, 'free');
  const message = {
    type: 'member.merged',
    payload: { memberId: goes.id, intoMemberId: stays.id, at: moment(ref) },
  } as const;
  await tell(tx, programId, [{ ...about(ref, word), ...message }]);
  await callWorkflows(tx, [
    {
      programId,
      workflowId: memberWorkflow(stays.id),
      type: 'member.overdue',
      key: `member.overdue:${stays.id}:${word.id}`,
      at: new Date(now_ms),
    },
  ]);
  await mergeBalances(tx, pair);
}
