import { type EndedMonths, keepByMonths } from '../../engine/privacy/months.ts';
import type { ActivityDeps } from '../deps.ts';
import { dropLost } from './forget-deliveries.ts';

/** Makes room for the months to come, and ends those that are past what the configuration keeps. */
export async function keepMonths(
  { db, privacy, log }: Pick<ActivityDeps, 'db' | 'privacy' | 'log'>,
  { now_ms }: { readonly now_ms: number },
): Promise<EndedMonths> {
  const ended = await keepByMonths(db, privacy.months, now_ms);
  // An endpoint that is enabled again would wait for messages that are gone, and ask for them without a rest.
  if (ended.gone.length > 0) await dropLost(db);
  if (ended.gone.length > 0 || ended.letGo > 0) log.info(ended, 'what was past its months is gone');
  return ended;
}
