import type { RedemptionMethod } from '../../domain/redemption.ts';
import type { ActivityDeps } from '../deps.ts';
import { type PayoutResult, PROVIDERS } from './providers.ts';
import type { RedemptionRef } from './snapshot.ts';

/** Asks the provider to pay, under the redemption's id as its key. Writes nothing: what it answers is recorded by `finishRedemption`. */
export async function payRedemption({ db }: ActivityDeps, ref: RedemptionRef): Promise<PayoutResult> {
  const where = { programId_id: { programId: ref.programId, id: ref.redemptionId } };
  const { method, amountMinor, unit, destination } = await db.redemption.findUniqueOrThrow({ where });
  // A method that a later version of this engine no longer knows.
  if (!Object.hasOwn(PROVIDERS, method)) return { result: 'refused', reason: 'method_unknown' };
  return await PROVIDERS[method as RedemptionMethod]({
    redemptionId: ref.redemptionId,
    amount: { minor: amountMinor, unit },
    destination,
  });
}
