import { mayBeCalled } from '../../domain/members/host-id.ts';
import { ok } from '../../domain/refusal.ts';
import { tell } from '../../engine/events/outbox.ts';
import { memberIdBy } from '../../engine/members/find.ts';
import { about, moment, type WordStep } from './word.ts';

/**
 * Gives a member another external id. Those that they had before lead to them too, and events stay about the
 * one by which they became known. Refuses an id that leads to another member, or is the member's now.
 */
export const rename: WordStep = async (tx, ref, word) => {
  const { programId, memberId } = ref;
  const { member, payload } = word;
  const externalId = payload['externalId'];
  if (externalId == null) throw new Error('no external id is given');
  const holderId = await memberIdBy(tx, programId, externalId);
  const possible = mayBeCalled(member, externalId, holderId);
  if (!possible.ok) return possible;
  if (holderId === null) {
    await tx.memberAlias.create({ data: { programId, externalId, memberId }, select: { memberId: true } });
  }
  await tx.member.update({
    where: { programId_id: { programId, id: memberId } },
    data: { hostId: externalId === member.externalId ? null : externalId },
    select: { id: true },
  });
  const message = { type: 'member.renamed', payload: { memberId, at: moment(ref) } } as const;
  await tell(tx, programId, [{ ...about(ref, word), ...message }]);
  return ok('done');
};
