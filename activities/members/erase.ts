import { isBadgeChoice } from '../../domain/privacy/erasure.ts';
import { ok } from '../../domain/refusal.ts';
import { tell } from '../../engine/events/outbox.ts';
import { eraseMember } from '../../engine/privacy/erase.ts';
import { about, moment, type WordStep } from './word.ts';

/**
 * Takes a part of a member's erasure; `eraseMember` says which. At the end the host is told, and the command
 * has the report for its outcome.
 */
export const erase: WordStep = async (tx, ref, word, { privacy }) => {
  const { programId, memberId, now_ms } = ref;
  const choice = word.payload['badges'];
  if (!isBadgeChoice(choice)) throw new Error('an erasure does not say what becomes of badges');
  const done = await eraseMember(tx, privacy, {
    programId,
    memberId,
    eventId: word.id,
    badges: choice,
    now_ms,
  });
  if (!done.ok) return done;
  if (done.value === 'more') return ok('more');
  const message = { type: 'member.erased', payload: { memberId, at: moment(ref) } } as const;
  await tell(tx, programId, [{ ...about(ref, word), ...message }]);
  return ok({ erasure: done.value });
};
