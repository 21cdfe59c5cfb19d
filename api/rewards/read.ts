import type { Database } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { rewardView } from './view.ts';

/** A page of the rewards that a condition selects, the newest first. */
export async function readRewards(
  db: Database,
  where: Prisma.RewardWhereInput & { readonly programId: string },
  input: PageRequest,
) {
  return newestPage(await db.reward.findMany(newest(where, input)), input, rewardView);
}
