import type { SealPurpose, SealRing } from '../../platform/seal.ts';
import type { Database } from '../../prisma/client.ts';
import { SEALED_PLACES } from './places.ts';
import { type Resealed, reseal } from './reseal.ts';

/** What was done for one purpose of sealing, over all of its columns. */
export interface RotatedPurpose extends Resealed {
  readonly purpose: SealPurpose;
}

/**
 * Seals everything again that the ring's first secret did not seal. Once it is run, and every process seals
 * with that secret, nothing needs the others.
 */
export async function rotateSecrets(db: Database, ring: SealRing): Promise<RotatedPurpose[]> {
  const rotated: RotatedPurpose[] = [];
  for (const purpose of Object.keys(SEALED_PLACES) as SealPurpose[]) {
    const total = { resealed: 0, unreadable: 0, changed: 0, left: 0 };
    for (const place of SEALED_PLACES[purpose]) {
      const counts = await reseal(db, place, ring);
      total.resealed += counts.resealed;
      total.unreadable += counts.unreadable;
      total.changed += counts.changed;
      total.left += counts.left;
    }
    rotated.push({ purpose, ...total });
  }
  return rotated;
}

/** The outcome for people: what was done, and whether the old secrets may go. */
export function describeRotation(rotated: readonly RotatedPurpose[]): string {
  const lines = rotated.map(
    ({ purpose, resealed, unreadable, left }) =>
      `${purpose}: ${resealed} sealed again, ${left} left, ${unreadable} of them unreadable`,
  );
  const advice = isComplete(rotated)
    ? 'Nothing needs the secrets of BADGE_SECRETS_OLD any more: take them out.'
    : 'Not all is sealed with BADGE_SECRET. Run this again, and if something stays unreadable, add the ' +
      'secret that sealed it to BADGE_SECRETS_OLD, or set it again.';
  return [...lines, advice].join('\n');
}

/** Whether every text that there was is now sealed with the ring's first secret. */
export const isComplete = (rotated: readonly RotatedPurpose[]): boolean =>
  rotated.every(({ left }) => left === 0);
