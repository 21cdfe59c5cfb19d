import { type CallAnswer, parseRetryAfter } from '../../domain/webhooks/retry.ts';
import { bodyOf } from '../../engine/webhooks/body.ts';
import { type OutboundAnswer, OutboundError, sendOutbound } from '../../platform/outbound.ts';
import type { WebhookSettings } from '../deps.ts';
import type { Due } from './claim.ts';
import type { WebhookTarget } from './target.ts';

/** Of an answer, what the log keeps. */
const ANSWER_BYTES_MAX = 1_024;
const ANSWER_UNPRINTABLE = /[^\t\n\x20-\x7e\u{a0}-\u{d7ff}\u{e000}-\u{10ffff}]/gu;

/** One attempt, as the log of its delivery keeps it. */
export interface Attempt extends CallAnswer {
  readonly at: string;
  readonly took_ms: number;
  /** Why no answer came: a code; null: one came. */
  readonly error: OutboundError['code'] | 'unreadable' | null;
  /** The beginning of what the endpoint said. */
  readonly answer: string;
}

/** Sends a message once, signed with each of the endpoint's keys. Never throws for what an endpoint does. */
export async function sendOnce(target: WebhookTarget, due: Due, settings: WebhookSettings): Promise<Attempt> {
  const sentAt = new Date();
  const begun_ms = performance.now();
  const attempt = (answer: OutboundAnswer | null, error: Attempt['error']): Attempt => ({
    at: sentAt.toISOString(),
    took_ms: Math.round(performance.now() - begun_ms),
    status: answer?.status ?? null,
    retryAfter_ms: parseRetryAfter(answer?.retryAfter ?? null, sentAt.getTime()),
    error,
    answer: answer?.body.replace(ANSWER_UNPRINTABLE, '\u{fffd}') ?? '',
  });
  const body = bodyOf(target.form, due);
  if (body === null) return attempt(null, 'unreadable');
  try {
    const answer = await sendOutbound({
      method: 'POST',
      url: target.url,
      headers: headersOf(target, due.id, sentAt, body),
      body,
      timeout_ms: settings.timeout_ms,
      allowInternal: settings.allowInternal,
      body_bytes_max: ANSWER_BYTES_MAX,
      whenLonger: 'cut',
      keepAlive: true,
    });
    return attempt(answer, null);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return attempt(null, error.code);
  }
}

/** The headers of Standard Webhooks. One space between signatures, since some libraries split at one. */
const headersOf = ({ signers }: WebhookTarget, id: string, sentAt: Date, body: string) => ({
  'content-type': 'application/json',
  'user-agent': 'referral-engine-webhooks/1',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
  'webhook-signature': signers.map((signer) => signer.sign(id, sentAt, body)).join(' '),
});
