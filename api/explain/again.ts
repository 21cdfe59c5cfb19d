import type { Speaker } from '../language/speaker.ts';

/** When an operator granted what the budget had refused, as `grant-again.ts` of the activities notes it. */
export function explainAgain(by: Speaker, trace: unknown): string[] {
  const { granted_again } = (trace ?? {}) as { readonly granted_again?: { readonly at: string } };
  return granted_again === undefined
    ? []
    : [by.say('reward.granted_again', { day: by.day(new Date(granted_again.at)) })];
}
