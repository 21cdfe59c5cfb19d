import type { SealKey, SealRing } from '../../platform/seal.ts';

/** What a secret of member tokens is sealed with: it opens only in its own row. */
export const tokenSealKey = (ring: SealRing, secretId: string): SealKey => ({
  ring,
  purpose: 'token secret',
  owner: secretId,
});
