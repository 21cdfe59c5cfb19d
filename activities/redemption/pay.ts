import type { ActivityDeps } from '../deps.ts';
import { type PayoutResult, PROVIDERS } from './providers.ts';
import type { RedemptionRef } from './snapshot.ts';

/** Asks the provider to pay, under the redemption's id as its key. Writes nothing: what it answers is recorded by `finishRedemption`. */
export async function payRedemption({ db }: ActivityDeps, ref: RedemptionRef): Promise<PayoutResult> {
  const where = { programId_id: { programId: ref.programId, id: ref.redemptionId } };
  const { method, amountMinor, unit, destination } = await db.redemption.findUniqueOrThrow({ where });
  const provider = PROVIDERS[method];
  if (provider === undefined) return { result: 'refused', reason: 'method_unknown' };
  return await provider({
    redemptionId: ref.redemptionId,
    amount: { minor: amountMinor, unit },
    destination,
  });
}
