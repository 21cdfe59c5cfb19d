import type { Referral } from '../../prisma/generated/client.ts';
import type { Speaker } from '../language/speaker.ts';

/** A reason is a refusal's code, or one of its own; without the full stop of a sentence. */
export function reasonText(by: Speaker, reason: string): string {
  const own = by.word('reasons', reason);
  const isOwn = own !== reason.replaceAll('_', ' ');
  return (isOwn ? own : by.word('refusals', reason)).replace(/\.$/, '');
}

/** The stages in which what had qualified a referral does so no more. */
const UNDONE: ReadonlySet<string> = new Set(['signed_up', 'reversed', 'expired']);

/** Whether a referral has qualified, and why it counts no more where it does not. */
export function explainQualification(by: Speaker, { qualifiedAt, stage, reason }: Referral): string {
  if (qualifiedAt === null) return by.say('referral.not_qualified');
  const day = by.day(qualifiedAt);
  if (!UNDONE.has(stage)) return by.say('referral.qualified', { day });
  return by.say('referral.qualified_before', { day, why: reason ?? 'none' });
}
