import { refuse } from '../refusal.ts';

/** Why a member who redeems is not erased or merged now: a provider or an operator may still answer. */
export const underWayRefusal = refuse(
  'redemption_under_way',
  'A redemption of the member is under way: wait for its end, or end it.',
);
