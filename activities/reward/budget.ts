import { refuse } from '../../domain/refusal.ts';

/** The key of the posting that grants a reward. */
export const grantKey = (rewardId: string) => `grant:${rewardId}`;

/** Why a grant is not made whose amount the program cannot afford. */
export const noBudget = refuse('budget_exhausted', 'The program’s budget has no room for it.');
