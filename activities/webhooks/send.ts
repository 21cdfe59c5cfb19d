import { type CallAnswer, parseRetryAfter } from '../../domain/webhooks/retry.ts';
import { bodyOf } from '../../engine/webhooks/body.ts';
import { type OutboundAnswer, OutboundError, sendOutbound } from '../../platform/outbound.ts';
import { signedHeaders } from '../../platform/standard-webhooks.ts';
import type { WebhookSettings } from '../deps.ts';
import type { Due } from './claim.ts';
import type { WebhookTarget } from './target.ts';

/** Of an answer, what the log keeps. */
const ANSWER_BYTES_MAX = 1_024;
const ANSWER_UNPRINTABLE = /[^\t\n\x20-\x7e\u{a0}-\u{d7ff}\u{e000}-\u{10ffff}]/gu;

const HEADERS = { 'content-type': 'application/json', 'user-agent': 'referral-engine-webhooks/1' };

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
      headers: { ...HEADERS, ...signedHeaders(target.signers, due.id, sentAt, body) },
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
