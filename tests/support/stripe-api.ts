import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useResource } from './resource.ts';
import { answerPromotions, type PromotionBook, promotionBook } from './stripe-promotions.ts';

/** What `stripe-mock` cannot play: an account with events of its own, in the form of Stripe's lists. */
export interface StripeApi {
  readonly base: string;
  /** The account's events, the newest first, as Stripe lists them. */
  readonly events: { readonly id: string; readonly type: string; readonly created: number }[];
  /** The invoice behind a payment intent. */
  readonly invoices: Map<string, string>;
  /** The texts of promotion codes. */
  readonly codes: Map<string, string>;
  /** Paths and queries that were asked for. */
  readonly asked: string[];
  /** For which connected account each was asked; null: for the key's own. */
  readonly askedFor: (string | null)[];
  /** Its coupons and promotion codes. */
  readonly book: PromotionBook;
  /** What goes wrong with the request of this number, counted from 0, from now on. */
  trip(at: number, fault: Fault): void;
  /** The status of every answer from now on; 200: the account answers. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

/** How many events this Stripe lists at once; the real one lists up to 100. */
export const STRIPE_PAGE = 4;

/**
 * before: a server's error, and nothing done. after: the same once all is done. kept: as before, and said
 * again under the same idempotency key. busy: the same is under way. refused: for a reason of Stripe's.
 */
export type Fault = 'before' | 'after' | 'kept' | 'busy' | 'refused';

export const STRIPE_API_KEY = 'rk_test_reader';

async function startStripeApi(): Promise<StripeApi> {
  const account: Account = {
    events: [],
    invoices: new Map(),
    codes: new Map(),
    asked: [],
    askedFor: [],
    book: promotionBook(),
    status: 200,
    faults: new Map(),
  };
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((form) => {
      const [status, body] = answerOrFault(account, incoming, form);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...account,
    base: `http://127.0.0.1:${port}`,
    trip: (at, fault) => void account.faults.set(account.asked.length + at, fault),
    answerWith: (status) => {
      account.status = status;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const useStripeApi = (): StripeApi => useResource({ make: startStripeApi, end: (api) => api.close() });

type Account = Pick<StripeApi, 'events' | 'invoices' | 'codes' | 'asked' | 'askedFor' | 'book'> & {
  status: number;
  /** By the number of the request. */
  readonly faults: Map<number, Fault>;
};

type Answer = readonly [number, object];

async function bodyOf(incoming: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
}

const list = (data: readonly object[], has_more = false) => ({ object: 'list', data, has_more });
const error = (type: string, message: string) => ({ error: { type, message } });

function answerOrFault(account: Account, incoming: IncomingMessage, form: URLSearchParams): Answer {
  const at = account.asked.length;
  const fault = account.faults.get(at);
  account.faults.delete(at);
  if (fault === undefined || fault === 'after') {
    const answer = answerTo(account, incoming, form);
    return fault === undefined ? answer : [500, error('api_error', 'An error.')];
  }
  noteRequest(account, incoming);
  if (fault === 'busy') return [409, error('idempotency_error', 'Another request is under way.')];
  if (fault === 'refused') return [400, error('invalid_request_error', 'No.')];
  const answer: Answer = [500, error('api_error', 'An error.')];
  const key = incoming.headers['idempotency-key']?.toString();
  if (fault === 'kept' && key !== undefined) account.book.answered.set(key, answer);
  return answer;
}

function noteRequest(account: Account, incoming: IncomingMessage): URL {
  const url = new URL(incoming.url ?? '/', 'http://stripe');
  account.asked.push(url.pathname + url.search);
  account.askedFor.push(incoming.headers['stripe-account']?.toString() ?? null);
  return url;
}

function answerTo(account: Account, incoming: IncomingMessage, form: URLSearchParams): Answer {
  const url = noteRequest(account, incoming);
  if (account.status !== 200) return [account.status, error('api_error', 'An error of cus_1, Ann.')];
  if (incoming.headers.authorization !== `Bearer ${STRIPE_API_KEY}`) {
    return [401, error('invalid_request_error', 'Invalid API Key provided: rk_test_other')];
  }
  if (url.pathname === '/v1/events') return [200, eventsOf(account, url.searchParams)];
  if (url.pathname === '/v1/invoice_payments') {
    const invoice = account.invoices.get(url.searchParams.get('payment[payment_intent]') ?? '');
    return [200, list(invoice === undefined ? [] : [{ id: 'inpay_1', object: 'invoice_payment', invoice }])];
  }
  const { pathname: path, searchParams: query } = url;
  const { method = 'GET' } = incoming;
  const key = incoming.headers['idempotency-key']?.toString();
  const promoted = answerPromotions(account.book, { method, path, query, form, key });
  if (promoted !== null) return promoted;
  const promotion = /^\/v1\/promotion_codes\/(\w+)$/.exec(url.pathname)?.[1];
  const code = promotion === undefined ? undefined : account.codes.get(promotion);
  if (code !== undefined) return [200, { id: promotion, object: 'promotion_code', code }];
  return [404, error('invalid_request_error', 'Unrecognized request URL')];
}

function eventsOf({ events }: Account, query: URLSearchParams): object {
  const types = [...query].flatMap(([name, value]) => (name.startsWith('types[') ? value : []));
  const since = Number(query.get('created[gte]') ?? 0);
  const wanted = events.filter(({ type, created }) => types.includes(type) && created >= since);
  const after = query.get('starting_after');
  const from = after === null ? 0 : wanted.findIndex(({ id }) => id === after) + 1;
  const to = from + Math.min(Number(query.get('limit') ?? 10), STRIPE_PAGE);
  return list(wanted.slice(from, to), to < wanted.length);
}
