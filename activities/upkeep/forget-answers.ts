import type { ActivityDeps } from '../deps.ts';
import { forgetExpired } from './forget-expired.ts';

/**
 * How long the first answer to a mutation is kept for replay. Stripe keeps a day, which is short for a
 * weekend's outage.
 */
const KEPT = '7 days';

/** How long the list of what billing systems sent goes back: as far as Stripe can be asked for it again. */
const DELIVERIES_KEPT = '30 days';

/**
 * Forgets answers that nobody will ask for again, old entries of billing's list, and what has expired of
 * signing in. Gives how many.
 */
export async function forgetAnswers({ db }: ActivityDeps): Promise<{ forgotten: number }> {
  const answers =
    await db.$executeRaw`DELETE FROM idempotency_keys WHERE created_at < now() - ${KEPT}::interval`;
  const deliveries = await db.$executeRaw`
    DELETE FROM billing_deliveries WHERE created_at < now() - ${DELIVERIES_KEPT}::interval`;
  return { forgotten: answers + deliveries + (await forgetExpired(db)) };
}
