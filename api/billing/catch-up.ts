import { z } from 'zod';
import { openSource } from '../../engine/billing/source.ts';
import type { Services } from '../context.ts';
import { classify, notFound } from '../http/errors.ts';
import type { catchUpAnswer } from './schema.ts';
import { translateStripe } from './stripe.ts';
import { actingFor, askStripe } from './stripe-ask.ts';
import { readStripeEvent, STRIPE_TYPES } from './stripe-form.ts';
import { storedStripeSettings } from './stripe-settings.ts';
import { takeMessage } from './take.ts';

/** The most that Stripe lists at once. */
const PAGE_MAX = 100;
const TIMEOUT_MS = 20_000;

/** No fault of the event: the call is made again, and takes up where this one stopped. */
const STOPS: ReadonlySet<string> = new Set(['internal', 'database_unavailable', 'provider_unavailable']);

/**
 * Fetches one page of events from Stripe's API and takes them, the oldest first. An event that is refused
 * does not hold up the others. Throws `not_found`, `provider_refused` or `provider_unavailable`.
 */
export async function catchUp(
  services: Services,
  programId: string,
  { from_ms, after }: { readonly from_ms: number | null; readonly after: string | null },
): Promise<z.infer<typeof catchUpAnswer>> {
  const of = { programId, provider: 'stripe' } as const;
  const source = await openSource(services.db, of, services.settings.sealRing);
  if (source === null) throw notFound('billing source');
  const settings = storedStripeSettings.parse(source.settings);
  const lookup = { apiKey: source.apiKey, base: services.settings.stripeApiBase ?? null };
  const page = await askStripe(
    lookup,
    (api) =>
      api.events.list(
        {
          types: [...STRIPE_TYPES],
          limit: PAGE_MAX,
          ...(from_ms === null ? {} : { created: { gte: Math.max(0, Math.floor(from_ms / 1_000)) } }),
          ...(after === null ? {} : { starting_after: after }),
        },
        actingFor(settings.account),
      ),
    TIMEOUT_MS,
  );
  let recorded = 0;
  const refused: { id: string; code: string }[] = [];
  for (const sent of page.data.toReversed()) {
    try {
      // Stripe's list names the account by whose events were asked for, and not in each event.
      const event = { ...readStripeEvent(sent), account: settings.account };
      const { result } = await takeMessage(services, of, await translateStripe(event, settings, lookup));
      if (result === 'recorded') recorded += 1;
    } catch (error) {
      const { code } = classify(error);
      if (STOPS.has(code)) throw error;
      refused.push({ id: z.string().parse(sent.id).slice(0, 255), code });
    }
  }
  const nextCursor = page.has_more ? (page.data.at(-1)?.id ?? null) : null;
  return { fetched: page.data.length, recorded, refused, nextCursor };
}
