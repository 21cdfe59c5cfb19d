import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { below } from '../../domain/address.ts';
import { ACCOUNT, AUTH_PATH, accountUrl } from '../../engine/users/urls.ts';
import type { Services } from '../context.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { failInPages } from '../http/error-page.ts';
import { ApiError } from '../http/errors.ts';
import { given } from '../trpc/given.ts';
import { limitAddress } from './throttle.ts';

/** What the sign-in library's words for a failed callback mean here; the others: the provider's fault. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  state_not_found: 'sign_in_expired',
  state_mismatch: 'sign_in_expired',
  nonce_binding_missing: 'sign_in_expired',
  account_not_linked: 'account_exists',
  account_already_linked_to_different_user: 'identity_taken',
  unable_to_link_account: 'unauthenticated',
  registration_closed: 'registration_closed',
  email_unverified: 'email_unverified',
};

/** The parameters of an answer (RFC 6749, 4.1.2; RFC 9207). None counts where one is there twice. */
const answer = z.object({
  code: z.string().max(4_096).optional(),
  state: z.string().max(255).optional(),
  error: z.string().max(255).optional(),
  iss: z.string().max(2_048).optional(),
});

type CallbackRequest = FastifyRequest<{ Params: { provider: string } }>;

/**
 * Where providers send browsers back to. The browser goes on to a page of ours, whatever the address says:
 * to the account, or, with the code of a refusal in `error`, to where it began.
 */
export function registerSignInCallback(app: FastifyInstance, services: Services): void {
  const { publicUrl, oidcProviders = [] } = services.settings;
  void app.register(async (scope) => {
    failInPages(scope, services.metrics);
    scope.get(`${AUTH_PATH}/callback/:provider`, async (req: CallbackRequest, reply) => {
      const { provider } = req.params;
      if (!oidcProviders.some(({ id }) => id === provider)) {
        throw new ApiError('not_found', 'There is no such provider.');
      }
      const page = await pageAfter(services, req, reply, provider).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        return `${accountUrl(publicUrl, 'sign-in')}?error=${error.code}`;
      });
      return await reply
        .header('cache-control', 'no-store')
        .header('referrer-policy', 'no-referrer')
        .redirect(page, 302);
    });
  });
}

/** The page of ours that the browser is to see. Throws refusals that the library does not know. */
async function pageAfter(
  services: Services,
  req: CallbackRequest,
  res: FastifyReply,
  provider: string,
): Promise<string> {
  const { publicUrl } = services.settings;
  await limitAddress({ services, req, res }, 'link');
  const query = given(answer.safeParse(req.query).data ?? {});
  const where = await services.users.redirect(
    { req, res },
    { method: 'GET', path: `/callback/${provider}`, query },
  );
  if (where === null) return `${accountUrl(publicUrl, 'sign-in')}?secondFactor=asked`;
  const { pathname, searchParams } = new URL(where);
  const error = searchParams.get('error');
  const account = below(publicUrl, ACCOUNT);
  if (error === null) return account;
  // Linking begins at the account itself.
  const began = pathname === new URL(account).pathname ? account : accountUrl(publicUrl, 'sign-in');
  return `${began}?error=${CODES[error] ?? 'identity_refused'}`;
}
