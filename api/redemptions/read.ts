import type { Database } from '../../prisma/client.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { redemptionView } from './view.ts';

/** A page of a program's redemptions, the newest first; of one member when named. */
export async function readRedemptions(
  db: Database,
  programId: string,
  input: PageRequest & { readonly memberId?: string | undefined },
) {
  return newestPage(await db.redemption.findMany(newest({ programId }, input)), input, redemptionView);
}
