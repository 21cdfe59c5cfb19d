import { randomBytes } from 'node:crypto';
import type { Webhook } from 'standardwebhooks';
import { SECRET_PREFIX } from '../domain/webhooks/secret.ts';

/**
 * The headers of a call signed after Standard Webhooks, with each of the keys. `id` is the message's, the
 * same at every attempt. One space parts the signatures, since some libraries split at one.
 */
export const signedHeaders = (
  signers: readonly Webhook[],
  id: string,
  sentAt: Date,
  body: string,
): Readonly<Record<string, string>> => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
  'webhook-signature': signers.map((signer) => signer.sign(id, sentAt, body)).join(' '),
});

/** A new secret of signatures; Standard Webhooks wants 24 to 64 bytes. */
export const newSigningSecret = (bytes: number): string =>
  SECRET_PREFIX + randomBytes(bytes).toString('base64');
