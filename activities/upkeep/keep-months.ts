import { keepByMonths } from '../../engine/privacy/months.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * Makes room for the months to come, and ends those that are past what the configuration keeps. Gives the
 * partitions that are gone, oldest first.
 */
export async function keepMonths(
  { db, privacy, log }: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<{ gone: string[] }> {
  const gone = await keepByMonths(db, privacy.months, now_ms);
  if (gone.length > 0) log.info({ gone }, 'months that were past their time are gone');
  return { gone };
}
