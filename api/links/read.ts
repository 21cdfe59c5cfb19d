import type { Services } from '../context.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { linkView } from './view.ts';

/** A page of a program's links, the newest first; of one member when named. */
export async function readLinks(
  { db, settings }: Pick<Services, 'db' | 'settings'>,
  programId: string,
  input: PageRequest & { readonly memberId?: string | undefined },
) {
  const rows = await db.link.findMany(newest({ programId }, input));
  return newestPage(rows, input, (row) => linkView(row, settings));
}
