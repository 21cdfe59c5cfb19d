import type { Provider } from './provider.ts';

/** The host credits its own account books when it is told that the redemption has settled. */
export const accountCredit: Provider = async (_deps, { redemptionId }) => ({
  result: 'paid',
  ref: `account_credit:${redemptionId}`,
});
