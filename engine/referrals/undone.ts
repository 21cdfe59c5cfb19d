import { Prisma } from '../../prisma/generated/client.ts';

/**
 * SQL over a referral `r` that has qualified: whether a refund has undone that, or an action that came late
 * and moved numbers, and nothing else qualifies it; or an operator has cancelled it. These are the stages
 * without `isCounted` of domain/referrals/referral.ts in which a referral can be that has qualified.
 */
export const IS_UNDONE = Prisma.sql`r.stage IN ('reversed', 'signed_up', 'expired', 'rejected')`;
