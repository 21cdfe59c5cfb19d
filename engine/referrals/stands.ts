import { Prisma } from '../../prisma/generated/client.ts';

/**
 * SQL over an event: it is an action that stands for a referral, whose id `referral` is as text. Accepted by
 * it, or refused for no other reason than that it had qualified already.
 */
export const isStanding = (event: Prisma.Sql, referral: Prisma.Sql): Prisma.Sql => Prisma.sql`
  ${event}.state = 'decided' AND ${event}.type NOT IN ('signup', 'refund')
  AND ((${event}.outcome->>'decision' = 'accepted' AND ${event}.outcome->>'referralId' = ${referral})
       OR ${event}.outcome->>'code' = 'already_qualified')`;
