import { Prisma } from '../../prisma/generated/client.ts';

/**
 * SQL over a referral `r` that has qualified: whether a refund has undone that, and nothing else qualifies
 * it. These are stages of `mayQualify` in domain/referrals/referral.ts; one that expired never qualified.
 */
export const IS_UNDONE = Prisma.sql`r.stage IN ('reversed', 'signed_up')`;
