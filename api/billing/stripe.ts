import Stripe from 'stripe';
import { meaningOfStripe } from '../../domain/billing/stripe.ts';
import type { StripeEvent, StripeSettings } from '../../domain/billing/stripe-objects.ts';
import { ApiError } from '../http/errors.ts';
import { decodeUtf8, parseJson } from '../http/text.ts';
import type { Adapter, Incoming, Lookup, Translated, Verdict } from './adapter.ts';
import { askAbout } from './stripe-ask.ts';
import { readStripeEvent } from './stripe-form.ts';
import { storedStripeSettings } from './stripe-settings.ts';

/** Stripe's own recommendation, and the default of its library. */
const TOLERANCE_S = 300;

/** Events of Stripe's, signed with the secret of a webhook endpoint. */
export const stripeAdapter: Adapter<StripeSettings> = {
  provider: 'stripe',
  settings: storedStripeSettings,
  verify(incoming, secret): Verdict {
    if (isSigned(incoming, secret, TOLERANCE_S)) return 'good';
    // Zero: of any age.
    return isSigned(incoming, secret, 0) ? 'old' : 'forged';
  },
  async translate({ body }, settings, lookup): Promise<Translated> {
    return await translateStripe(readStripeEvent(parseJson(decodeUtf8(body))), settings, lookup);
  },
};

function isSigned({ body, headers, now_ms }: Incoming, secret: string, tolerance_s: number): boolean {
  const header = headers['stripe-signature'];
  const { signature } = Stripe.webhooks;
  if (typeof header !== 'string' || signature === null) return false;
  try {
    return signature.verifyHeader(body, header, secret, tolerance_s, undefined, now_ms);
  } catch {
    // Of any class: the library throws plain errors for headers that no signer makes, such as `t=1,v1=`.
    return false;
  }
}

/**
 * What an event says to a program. Throws `mode_wrong`, `account_wrong` or `version_wrong` when the program's
 * settings name another mode, account or version.
 */
export async function translateStripe(
  event: StripeEvent,
  settings: StripeSettings,
  lookup: Lookup,
): Promise<Translated> {
  checkOrigin(event, settings);
  const answers = await askAbout(event, settings, lookup);
  return { id: event.id, type: event.type, meaning: meaningOfStripe(event, settings, answers) };
}

function checkOrigin({ livemode, account, apiVersion }: StripeEvent, settings: StripeSettings): void {
  if (livemode !== settings.livemode) {
    const [sent, taken] = livemode ? ['live', 'test'] : ['test', 'live'];
    throw new ApiError(
      'mode_wrong',
      `This is a ${sent} event, and the program takes ${taken} ones, as its \`livemode\` says: point the ` +
        `endpoint at the program of the other mode.`,
    );
  }
  if (account !== settings.account) {
    throw new ApiError(
      'account_wrong',
      settings.account === null
        ? 'This event is of a connected account, and the program takes its own account’s: set `account`.'
        : 'This event is of another account than the one that the program names in `account`.',
    );
  }
  if (apiVersion === null || !settings.apiVersions.includes(apiVersion)) {
    throw new ApiError(
      'version_wrong',
      `The program reads events of the API versions ${settings.apiVersions.join(', ')}: name the version ` +
        `of this endpoint in \`apiVersions\`, or make an endpoint of one of these.`,
    );
  }
}
