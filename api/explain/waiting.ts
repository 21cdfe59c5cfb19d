import type { Event } from '../../prisma/generated/client.ts';
import type { Speaker } from '../language/speaker.ts';

const WAITING = { waiting: 'event.waiting', parked: 'event.parked', unmatched: 'event.unmatched' } as const;

/** What an event that is not decided waits for, or why nobody waits any more. */
export function waitingFor(by: Speaker, { state, reason, decidedAt }: Event): string {
  const why = reason === null ? 'none' : by.word('reasons', reason);
  if (state in WAITING) return by.say(WAITING[state as keyof typeof WAITING], { why });
  // The time of the decision before stays with an event that is decided anew.
  return by.say(decidedAt === null ? 'event.pending' : 'event.anew');
}
