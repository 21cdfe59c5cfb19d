import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { type EventMapping, mapMessage } from '../../domain/billing/mapping.ts';
import { ApiError } from '../http/errors.ts';
import { decodeUtf8, parseJson } from '../http/text.ts';
import type { Adapter, Incoming, Verdict } from './adapter.ts';
import { httpSettings } from './http-settings.ts';

/** The tolerance of Standard Webhooks, in both directions. */
const TOLERANCE_MS = 300_000;
const DELIVERY_ID = /^[\x21-\x7e]{1,200}$/;

/** Messages of any system that signs them by Standard Webhooks, read by the program's own mapping. */
export const httpAdapter: Adapter<{ readonly mapping: EventMapping }> = {
  provider: 'http',
  settings: httpSettings,
  verify(incoming, secret): Verdict {
    const { id, sentAt, signatures } = signedParts(incoming);
    const webhook = new Webhook(secret);
    try {
      webhook.verify(incoming.body, { ...headersOf(incoming) }, { jsonParse: false });
      return 'good';
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
    }
    // The library does not say whether a message is late or forged.
    const isLate = Math.abs(incoming.now_ms - sentAt) > TOLERANCE_MS;
    if (!isLate || !Number.isFinite(sentAt)) return 'forged';
    return signatures.includes(webhook.sign(id, new Date(sentAt), incoming.body)) ? 'old' : 'forged';
  },
  async translate(incoming, { mapping }) {
    const { id } = signedParts(incoming);
    if (!DELIVERY_ID.test(id)) {
      throw new ApiError(
        'request_invalid',
        'The header `webhook-id` is 1 to 200 printable ASCII characters.',
      );
    }
    const mapped = mapMessage(mapping, { id, body: parseJson(decodeUtf8(incoming.body)) });
    if ('problem' in mapped) {
      const { field, message } = mapped.problem;
      throw new ApiError(
        'mapping_failed',
        `The mapping gives no \`${field}\` for this message: correct it with \`billing.setHttp\`, and send ` +
          `the message again.`,
        [{ path: field, message }],
      );
    }
    return { id, type: 'message', meaning: mapped.meaning };
  },
};

const NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** The three headers, each once; a header that is missing is empty. */
const headersOf = ({ headers }: Incoming): Readonly<Record<(typeof NAMES)[number], string>> => {
  const [id, timestamp, signature] = NAMES.map((name) => String(headers[name] ?? ''));
  return {
    'webhook-id': id ?? '',
    'webhook-timestamp': timestamp ?? '',
    'webhook-signature': signature ?? '',
  };
};

function signedParts(incoming: Incoming) {
  const headers = headersOf(incoming);
  return {
    id: headers['webhook-id'],
    /** In milliseconds since 1970; not a number when it is none, or one of no date. */
    sentAt: new Date(Number.parseInt(headers['webhook-timestamp'], 10) * 1_000).getTime(),
    signatures: headers['webhook-signature'].split(' '),
  };
}
