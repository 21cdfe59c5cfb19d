import {
  createTRPCClient,
  httpLink,
  type OperationContext,
  type TRPCClient,
  TRPCClientError,
} from '@trpc/client';
import type { AppRouter } from './router.ts';

export type { AppRouter } from './router.ts';

export interface ReferralClientOptions {
  /** Where the API is, such as `https://referrals.example.com`. */
  readonly url: string;
  /** `sk_live_…`, `sk_test_…` or `sk_platform_…`. */
  readonly apiKey: string;
  /** With a platform key: the program that calls are about. */
  readonly programId?: string;
  readonly fetch?: typeof globalThis.fetch;
}

export type ReferralClient = TRPCClient<AppRouter>;

/**
 * A typed client for servers: a key has no business in a browser, where a page uses REST with a member token
 * (docs/TOKENS.md). Each mutation carries an `Idempotency-Key`
 * of its own, or the one given as `{ context: { idempotencyKey } }`: give one to be able to repeat a call
 * after a failure, and change nothing twice.
 */
export function createReferralClient(options: ReferralClientOptions): ReferralClient {
  const url = `${options.url.replace(/\/+$/, '')}/trpc`;
  const link = httpLink<AppRouter>({
    url,
    headers: ({ op }) => ({
      authorization: `Bearer ${options.apiKey}`,
      ...(options.programId === undefined ? {} : { 'x-program-id': options.programId }),
      ...(op.type === 'mutation' ? { 'idempotency-key': idempotencyKeyOf(op.context) } : {}),
    }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch as never }),
  });
  return createTRPCClient<AppRouter>({ links: [link] });
}

function idempotencyKeyOf(context: OperationContext): string {
  const callerKey = context['idempotencyKey'];
  return typeof callerKey === 'string' ? callerKey : globalThis.crypto.randomUUID();
}

/**
 * The stable code of a refusal, such as `not_found`; null when the error is no answer of the API, as when it
 * cannot be reached.
 */
export function errorCodeOf(error: unknown): string | null {
  if (!(error instanceof TRPCClientError)) return null;
  const data: unknown = error.data;
  const code = data !== null && typeof data === 'object' && 'code' in data ? data.code : null;
  return typeof code === 'string' ? code : null;
}
