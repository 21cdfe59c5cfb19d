import type { BadgeChoice } from '../../../domain/privacy/erasure.ts';
import type { KeptMonths } from '../../../domain/privacy/months.ts';
import type { SealRing } from '../../../platform/seal.ts';
import type { Tx } from '../../../prisma/client.ts';
import type { Person } from '../person.ts';

/** What an erasure works with, from the configuration. */
export interface PrivacySettings {
  /** Keys the hashes of the do-not-track list. */
  readonly hashSecret: string;
  /** Seals what the law wants kept. */
  readonly ring: SealRing;
  /** The file that outlives a restore of the database. */
  readonly listFile: string;
  /** Where the local mailbox lies. */
  readonly dataDir: string;
  /** For how long what comes by the thousand is kept. */
  readonly months: KeptMonths;
}

/** Whom to erase, by which command, and what becomes of their badges. */
export interface ErasureRef {
  readonly programId: string;
  readonly memberId: string;
  /** The command's event. */
  readonly eventId: string;
  readonly badges: BadgeChoice;
  readonly now_ms: number;
}

/** An erasure that is under way. */
export interface Erasing {
  readonly person: Person;
  /** The command's. */
  readonly eventId: string;
  readonly badges: BadgeChoice;
  readonly now_ms: number;
}

/**
 * Erases about `limit` rows of what one statement cannot. Returns how many, by table; fewer than `limit` in
 * all: nothing is left.
 */
export type Step = (
  tx: Tx,
  settings: PrivacySettings,
  erasing: Erasing,
  limit: number,
) => Promise<Readonly<Record<string, number>>>;
