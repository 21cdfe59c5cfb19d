import { router } from '../trpc/builder.ts';
import { cancelRedemption } from './cancel.ts';
import { earningProcedures } from './earnings.ts';
import { profileProcedures } from './profile.ts';
import { redeem } from './redeem.ts';

/** What a member sees and does with their own token; nothing of anybody else. */
export const meRouter = router({ ...profileProcedures, ...earningProcedures, redeem, cancelRedemption });
