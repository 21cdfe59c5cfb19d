import { type LookupAddress, lookup } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isInternalAddress, isLoopbackAddress } from './addresses.ts';
import { goOutside } from './outside.ts';

/** Whether internal addresses and http are allowed: for development. `loopback`: this machine's alone. */
export type AllowInternal = boolean | 'loopback';

/** An answer of an endpoint. */
export interface OutboundAnswer {
  readonly status: number;
  readonly body: string;
  /** The header `Retry-After`. */
  readonly retryAfter: string | null;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for a GET. */
  readonly body: string;
  /** For everything together, in milliseconds. */
  readonly timeout_ms: number;
  readonly body_bytes_max: number;
  /** What becomes of a longer answer: an error, or its beginning; left out: an error. */
  readonly whenLonger?: 'fail' | 'cut';
  /** Keeps the connection for the next call to the same host; left out: no. */
  readonly keepAlive?: boolean;
  readonly allowInternal: AllowInternal;
}

/** The reason why there is no answer: a code, never the endpoint's text. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly code: 'address_forbidden' | 'answer_too_large' | 'timed_out' | 'unreachable';

  constructor(code: OutboundError['code']) {
    super(code);
    this.code = code;
  }
}

const URL_LENGTH_MAX = 2_048;

/**
 * Returns whether an address has the form of an endpoint: https, no user, no fragment, no internal IP
 * address. Each call still resolves the name and checks its addresses.
 */
export function isEndpoint(text: string, allowInternal: AllowInternal): boolean {
  if (text.length > URL_LENGTH_MAX || !URL.canParse(text)) return false;
  const url = new URL(text);
  const isAllowed = allowInternal === 'loopback' ? isLoopbackHost(url.hostname) : allowInternal;
  const isSecure = url.protocol === 'https:' || (isAllowed && url.protocol === 'http:');
  if (!isSecure || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return isAllowed || !isInternalHost(url.hostname);
}

const bareOf = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** Checks literal addresses only: a name is resolved, and its addresses checked, at each call. */
function isInternalHost(hostname: string): boolean {
  const bare = bareOf(hostname);
  return isIP(bare) !== 0 && isInternalAddress(bare);
}

/** Whether a host is this machine by its name (RFC 6761, 6.3) or its address. */
function isLoopbackHost(hostname: string): boolean {
  const bare = bareOf(hostname);
  return isIP(bare) === 0 ? /^(.+\.)?localhost$/.test(bare) : isLoopbackAddress(bare);
}

/**
 * Looks a name up for a connection, which then goes to exactly the addresses that were checked. A name that
 * means another address a moment later changes nothing. One internal address among several is enough to
 * refuse.
 */
const lookupAllowed =
  (isAllowed: (address: string) => boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined)
        return callback(error ?? new OutboundError('unreachable'), []);
      if (!addresses.every(({ address }) => isAllowed(address))) {
        return callback(new OutboundError('address_forbidden'), []);
      }
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };

const LOOKUPS = {
  public: lookupAllowed((address) => !isInternalAddress(address)),
  loopback: lookupAllowed((address) => !isInternalAddress(address) || isLoopbackAddress(address)),
};

/** Connections that wait for the next call; each goes to an address that was checked. */
const CONNECTIONS = { keepAlive: true, maxFreeSockets: 32, timeout: 30_000 };
const AGENTS = { http: new HttpAgent(CONNECTIONS), https: new HttpsAgent(CONNECTIONS) };

/**
 * Sends a request to somebody else's endpoint. Follows no redirect. A kept connection that the other side has
 * closed meanwhile is no answer: the call then goes over a new one. Throws `OutboundError` alone, and a bug
 * within a database transaction.
 */
export async function sendOutbound(call: OutboundRequest): Promise<OutboundAnswer> {
  goOutside('an endpoint');
  if (!isEndpoint(call.url, call.allowInternal)) throw new OutboundError('address_forbidden');
  const signal = AbortSignal.timeout(call.timeout_ms);
  try {
    return await send(call, signal).catch((error: unknown) => {
      if (error !== STALE) throw error;
      return send({ ...call, keepAlive: false }, signal);
    });
  } catch (error) {
    if (error instanceof OutboundError) throw error;
    throw new OutboundError(signal.aborted ? 'timed_out' : 'unreachable');
  }
}

/** The other side closed a kept connection before it took the call. */
const STALE = Symbol('stale');

function send(call: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
  const isSecure = call.url.startsWith('https:');
  const length = call.method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(call.body)) };
  return new Promise((resolve, reject) => {
    const outgoing = (isSecure ? requestHttps : requestHttp)(call.url, {
      method: call.method,
      headers: { ...call.headers, ...length, 'accept-encoding': 'identity' },
      agent: call.keepAlive === true && AGENTS[isSecure ? 'https' : 'http'],
      signal,
      ...(call.allowInternal === true ? {} : { lookup: LOOKUPS[call.allowInternal || 'public'] }),
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      reject(outgoing.reusedSocket && error.code === 'ECONNRESET' ? STALE : error),
    );
    outgoing.on('response', (incoming) => readAnswer(incoming, call).then(resolve, reject));
    outgoing.end(call.body);
  });
}

async function readAnswer(incoming: IncomingMessage, call: OutboundRequest): Promise<OutboundAnswer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    // Leaving the loop ends the connection.
    if (bytes > call.body_bytes_max) break;
  }
  if (bytes > call.body_bytes_max && call.whenLonger !== 'cut') throw new OutboundError('answer_too_large');
  const body = Buffer.concat(parts).subarray(0, call.body_bytes_max).toString('utf8');
  return { status: incoming.statusCode ?? 0, body, retryAfter: incoming.headers['retry-after'] ?? null };
}
