import type { ActivityDeps } from '../activities/deps.ts';
import type { PayoutSettings } from '../engine/payouts/providers/provider.ts';
import { createPolicies } from '../engine/policies/in-force.ts';
import { privacySettings } from '../engine/privacy/settings.ts';
import { type Config, databaseUrl } from '../platform/config.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../prisma/client.ts';

/** Of an endpoint; Stripe has a limit of its own. Both end before the activity does. */
const ENDPOINT_TIMEOUT_MS = 15_000;

function payoutSettings(config: Config): PayoutSettings {
  const { seal_ring: ring, PAYOUT_ALLOW_INTERNAL, STRIPE_API_KEY, STRIPE_API_BASE = null } = config;
  return {
    ring,
    allowInternal: PAYOUT_ALLOW_INTERNAL,
    timeout_ms: ENDPOINT_TIMEOUT_MS,
    stripeBase: STRIPE_API_BASE,
    stripe: STRIPE_API_KEY === undefined ? null : { apiKey: STRIPE_API_KEY, base: STRIPE_API_BASE },
  };
}

/** What the worker's activities work with. */
export function activityDeps(
  config: Config,
  log: Log,
  db: Database,
  countDecision: ActivityDeps['countDecision'],
): ActivityDeps {
  return {
    db,
    databaseUrl: databaseUrl(config),
    policies: createPolicies(),
    badges: { publicUrl: config.public_url, issuerForm: config.BADGE_ISSUER, ring: config.seal_ring },
    payouts: payoutSettings(config),
    webhooks: {
      ring: config.seal_ring,
      allowInternal: config.allow_internal_webhooks,
      timeout_ms: ENDPOINT_TIMEOUT_MS,
      log_days: config.WEBHOOK_LOG_DAYS,
    },
    privacy: privacySettings(config),
    log,
    countDecision,
  };
}
