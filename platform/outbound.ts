import { type LookupAddress, lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isInternalAddress } from './addresses.ts';

/** An answer of an endpoint, its body cut off nowhere: a longer one is an error. */
export interface OutboundAnswer {
  readonly status: number;
  readonly body: string;
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
  /** Whether internal addresses and http are allowed: for development. */
  readonly allowInternal: boolean;
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
export function isEndpoint(text: string, allowInternal: boolean): boolean {
  if (text.length > URL_LENGTH_MAX || !URL.canParse(text)) return false;
  const url = new URL(text);
  const isSecure = url.protocol === 'https:' || (allowInternal && url.protocol === 'http:');
  if (!isSecure || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return allowInternal || !isInternalHost(url.hostname);
}

/** Checks literal addresses only: a name is resolved, and its addresses checked, at each call. */
function isInternalHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 && isInternalAddress(bare);
}

/**
 * Looks a name up for a connection, which then goes to exactly the addresses that were checked. A name that
 * means another address a moment later changes nothing. One internal address among several is enough to
 * refuse.
 */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) return callback(error ?? new OutboundError('unreachable'), []);
    if (addresses.some(({ address }) => isInternalAddress(address))) {
      return callback(new OutboundError('address_forbidden'), []);
    }
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

/**
 * Sends a request to somebody else's endpoint. Follows no redirect, keeps no connection. Throws
 * `OutboundError` alone.
 */
export function sendOutbound(call: OutboundRequest): Promise<OutboundAnswer> {
  if (!isEndpoint(call.url, call.allowInternal)) {
    return Promise.reject(new OutboundError('address_forbidden'));
  }
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(call.timeout_ms);
    const fail = (error: unknown) =>
      reject(
        error instanceof OutboundError
          ? error
          : new OutboundError(signal.aborted ? 'timed_out' : 'unreachable'),
      );
    const send = call.url.startsWith('https:') ? requestHttps : requestHttp;
    const length = call.method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(call.body)) };
    const outgoing = send(call.url, {
      method: call.method,
      headers: { ...call.headers, ...length, 'accept-encoding': 'identity' },
      agent: false,
      signal,
      ...(call.allowInternal ? {} : { lookup: lookupPublic }),
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      incoming.on('error', fail);
      incoming.on('aborted', () => fail(new Error('aborted')));
      incoming.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > call.body_bytes_max) {
          fail(new OutboundError('answer_too_large'));
          outgoing.destroy();
        } else parts.push(part);
      });
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
      );
    });
    outgoing.end(call.body);
  });
}
