import type { SealKey } from '../../platform/seal.ts';

/** What a secret of member tokens is sealed with: it opens only in its own row. */
export const tokenSealKey = (secret: string, secretId: string): SealKey => ({
  secret,
  purpose: 'token secret',
  owner: secretId,
});
