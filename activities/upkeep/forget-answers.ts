import type { ActivityDeps } from '../deps.ts';

/**
 * How long the first answer to a mutation is kept for replay. Stripe keeps a day, which is short for a
 * weekend's outage.
 */
const KEPT = '7 days';

/** Forgets answers that nobody will ask for again. Gives how many. */
export async function forgetAnswers({ db }: ActivityDeps): Promise<{ forgotten: number }> {
  const forgotten =
    await db.$executeRaw`DELETE FROM idempotency_keys WHERE created_at < now() - ${KEPT}::interval`;
  return { forgotten };
}
