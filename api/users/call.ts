import type { FastifyReply, FastifyRequest } from 'fastify';
import { below } from '../../domain/address.ts';
import { AUTH_PATH } from '../../engine/users/urls.ts';
import { isUniqueViolation } from '../http/database-errors.ts';
import { ApiError } from '../http/errors.ts';
import { ADDRESS_HEADER, type SignInLibrary } from './library.ts';
import { refusalOf } from './refusals.ts';
import type { Registration } from './registering.ts';

/** How long the library takes no code of an account after ten wrong ones. */
const LOCK_S = 15 * 60;

const CONFLICT = 'The same was done at the same time; try again.';

/** A call of the sign-in library on behalf of a request. */
export interface LibraryCall {
  readonly method?: 'GET' | 'POST';
  /** One of the library's own addresses. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Whether the library answers as it answers anyone, whoever is signed in. */
  readonly isAnonymous?: boolean;
  readonly registration?: Registration;
}

/** Whose request it is, and where the answer's cookies go. */
export interface Exchange {
  readonly req: FastifyRequest;
  readonly res: FastifyReply;
}

/** Asks the sign-in library as a caller's browser. */
export interface Caller {
  /** What the library answers, as JSON. Its cookies go out with our answer. Throws its refusals as ours. */
  call(exchange: Exchange, call: LibraryCall): Promise<unknown>;
  /** Where the library sends the browser; null: nowhere, as it asks for a second factor. Cookies as above. */
  redirect(exchange: Exchange, call: LibraryCall): Promise<string | null>;
}

/** The library behind `publicUrl`, whatever host and headers a request named. */
export function createCaller(library: SignInLibrary, publicUrl: string): Caller {
  const base = below(publicUrl, AUTH_PATH);
  const { origin } = new URL(publicUrl);
  const ask = async ({ req, res }: Exchange, call: LibraryCall) => {
    const { method = 'POST', path, body, query, isAnonymous = false, registration } = call;
    const url = `${base}${path}${query === undefined ? '' : `?${new URLSearchParams(query).toString()}`}`;
    const { cookie, ...browser } = browserHeaders(req);
    const known = isAnonymous || cookie === undefined ? {} : { cookie };
    const request = new Request(url, {
      method,
      headers: { ...browser, ...known, origin, 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    const response = await library.answer(request, registration).catch((error: unknown) => {
      throw isUniqueViolation(error) ? new ApiError('conflict', CONFLICT) : error;
    });
    passCookies(res, response);
    return response;
  };
  return {
    async call(exchange, call) {
      const response = await ask(exchange, call);
      const body: unknown = await response.json().catch(() => null);
      if (response.status < 400) return body;
      const refusal = refusalOf(response.status, body);
      if (refusal.code === 'attempts_exceeded') exchange.res.header('retry-after', String(LOCK_S));
      throw refusal;
    },
    async redirect(exchange, call) {
      const response = await ask(exchange, call);
      if (asksSecondFactor(await response.json().catch(() => null))) return null;
      const location = response.headers.get('location');
      if (location === null)
        throw new Error(`the sign-in library answered ${response.status} and no address`);
      return location;
    },
  };
}

/** Lets the cookies of an answer of the library go out with ours. */
export function passCookies(res: FastifyReply, response: Response): void {
  for (const cookie of response.headers.getSetCookie()) res.header('set-cookie', cookie);
}

/** Whether an answer of the library says that a code of the second factor is to follow. */
export const asksSecondFactor = (body: unknown): boolean =>
  body !== null && typeof body === 'object' && 'twoFactorRedirect' in body;

/** What the library may know of a caller: cookies, browser and address. */
export function browserHeaders(req: FastifyRequest): Record<string, string> {
  const { cookie, 'user-agent': agent } = req.headers;
  return {
    [ADDRESS_HEADER]: req.ip,
    ...(cookie === undefined ? {} : { cookie }),
    ...(agent === undefined ? {} : { 'user-agent': agent }),
  };
}
