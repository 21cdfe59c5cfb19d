import Stripe from 'stripe';
import { goOutside } from './outside.ts';

/** Whose API is asked. `base`: another address than Stripe's own, for tests; null: Stripe's. */
export interface StripeAccess {
  readonly apiKey: string;
  readonly base: string | null;
}

/**
 * A client of Stripe's API that asks once and waits no longer than `timeout_ms`. Throws within a database
 * transaction.
 */
export function stripeClient({ apiKey, base }: StripeAccess, timeout_ms: number): Stripe {
  goOutside('Stripe');
  const options = { maxNetworkRetries: 0, timeout: timeout_ms, telemetry: false };
  if (base === null) return new Stripe(apiKey, options);
  const { hostname, port, protocol } = new URL(base);
  const isPlain = protocol === 'http:';
  return new Stripe(apiKey, {
    ...options,
    host: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
    protocol: isPlain ? 'http' : 'https',
  });
}
