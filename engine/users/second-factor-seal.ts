import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import { type DerivedSecret, deriveSecrets, type Sealing, type SealRing } from '../../platform/seal.ts';

/** What the sign-in library encrypts and signs with; the first for what is new. */
export const signInSecrets = (ring: SealRing): DerivedSecret[] => deriveSecrets(ring, 'sign-in');

/** How the sign-in library keeps second factors: in a form of its own, under derived secrets. */
export function secondFactorSealing(ring: SealRing): Sealing {
  const secrets = signInSecrets(ring);
  const currentVersion = secrets[0]?.version ?? 0;
  const key = { currentVersion, keys: new Map(secrets.map(({ version, value }) => [version, value])) };
  return {
    prefix: `$ba$${currentVersion}$`,
    seal: (text) => symmetricEncrypt({ key, data: text }),
    unseal: (sealed) => symmetricDecrypt({ key, data: sealed }).catch(() => null),
  };
}
