import type { Message } from '../../domain/messages.ts';
import { type EnvelopeFacts, envelopeOf } from '../../domain/webhooks/envelope.ts';
import { slackText } from '../../domain/webhooks/slack.ts';
import type { WebhookForm } from '../../prisma/generated/client.ts';

/** A message with what its body says besides. */
export interface Told extends EnvelopeFacts {
  /** Null: it cannot be read any more. */
  readonly message: Message | null;
}

/** The body that an endpoint is sent; null: the message cannot be read. */
export function bodyOf(form: WebhookForm, { message, ...facts }: Told): string | null {
  if (message === null) return null;
  return JSON.stringify(form === 'slack' ? slackText(message) : envelopeOf(message, facts));
}
