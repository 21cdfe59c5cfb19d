import type { ProgramStatus } from './program.ts';

/**
 * What a program decides follows from its status at the moment of the decision (`statusAt`), never from the
 * time of the event: these three say what, for every step of every noun.
 */

/**
 * Something new begins: a signup, an invitation, a click, points and achievements for an action, a survey.
 */
export const beginsNew = (status: ProgramStatus): boolean => status === 'live';

/** What has begun still earns and finishes: a referral's rewards, a milestone. */
export const finishesBegun = (status: ProgramStatus): boolean => status === 'live' || status === 'ended';

/** Nothing is decided: what comes waits until the program is resumed or ends. */
export const isOnHold = (status: ProgramStatus): boolean => status === 'paused';
