import type { Event } from '../../prisma/generated/client.ts';
import type { Speaker } from '../language/speaker.ts';

const WAITING = { waiting: 'event.waiting', parked: 'event.parked', unmatched: 'event.unmatched' } as const;

/** What an event that is not decided waits for, or why nobody waits any more. */
export function waitingFor(by: Speaker, { state, reason }: Event): string {
  const why = reason === null ? 'none' : by.word('reasons', reason);
  return state in WAITING ? by.say(WAITING[state as keyof typeof WAITING], { why }) : by.say('event.pending');
}
