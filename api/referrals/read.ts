import type { Database } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { referralView } from './view.ts';

/** A page of the referrals that a condition selects, the newest first. */
export async function readReferrals(
  db: Database,
  where: Prisma.ReferralWhereInput & { readonly programId: string },
  input: PageRequest,
) {
  return newestPage(await db.referral.findMany(newest(where, input)), input, referralView);
}
