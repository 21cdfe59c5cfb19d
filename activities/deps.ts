import type { BadgeSettings } from '../engine/badges/keys.ts';
import type { PayoutSettings } from '../engine/payouts/providers/provider.ts';
import type { Policies } from '../engine/policies/in-force.ts';
import type { PrivacySettings } from '../engine/privacy/steps/step.ts';
import type { Transactor } from '../engine/transaction.ts';
import type { Log } from '../platform/log.ts';
import type { AllowInternal } from '../platform/outbound.ts';
import type { SealRing } from '../platform/seal.ts';

/** How webhooks are sent. */
export interface WebhookSettings {
  /** Opens the keys of their signatures. */
  readonly ring: SealRing;
  /** Whether internal addresses and http are allowed: for development. */
  readonly allowInternal: AllowInternal;
  /** For a whole call, in milliseconds. */
  readonly timeout_ms: number;
  /** How long what has ended is kept, in days. */
  readonly log_days: number;
}

/** What activities work with; the worker's composition root makes it. */
export interface ActivityDeps extends Transactor {
  /** For the prover, which reads through a connection of its own. */
  readonly databaseUrl: string;
  readonly policies: Policies;
  readonly log: Log;
  readonly badges: BadgeSettings;
  readonly payouts: PayoutSettings;
  readonly webhooks: WebhookSettings;
  readonly privacy: PrivacySettings;
}
