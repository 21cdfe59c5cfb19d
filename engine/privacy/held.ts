import type { SealKey, SealRing } from '../../platform/seal.ts';

/** What a record of a payout is sealed with: it opens only in its own row. */
export const heldSealKey = (ring: SealRing, programId: string, redemptionId: string): SealKey => ({
  ring,
  purpose: 'payout record',
  owner: `${programId}/${redemptionId}`,
});
