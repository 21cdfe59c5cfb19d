import type { FastifyRequest } from 'fastify';
import { DAY_MS } from '../../domain/time.ts';
import { fail } from '../http/errors.ts';
import { browserHeaders } from './call.ts';
import { cookiePrefix } from './cookies.ts';
import type { SignInLibrary } from './library.ts';

/** A user who is signed in. */
export interface SignedIn {
  readonly userId: string;
  readonly sessionId: string;
  /** Verified, in lower case. */
  readonly email: string;
  readonly name: string;
  readonly hasSecondFactor: boolean;
  readonly mayCreatePrograms: boolean;
  readonly signedInAt_ms: number;
}

/**
 * Sees to it that a user signed in within the last day: who finds a browser open must not add a way in, nor
 * take one away. Throws `session_stale`.
 */
export function requireFreshSession({ signedInAt_ms }: SignedIn, now_ms: number): void {
  if (now_ms - signedInAt_ms <= DAY_MS) return;
  throw fail('session_stale', 'Sign in again first: this needs a session of the last day.');
}

export interface Sessions {
  /** The user whose session cookie a request has; null when it has none that is good. */
  find(req: FastifyRequest): Promise<SignedIn | null>;
}

/** Looks sessions up in the database at each request, so that one that was ended opens nothing more. */
export function createSessions(library: SignInLibrary, publicUrl: string): Sessions {
  const name = `${cookiePrefix(publicUrl)}.session_token=`;
  return {
    async find(req) {
      if (req.headers.cookie?.includes(name) !== true) return null;
      const headers = new Headers(browserHeaders(req));
      const found = await library.api.getSession({ headers, query: { disableRefresh: true } });
      if (found === null || !found.user.emailVerified) return null;
      const { session, user } = found;
      return {
        userId: user.id,
        sessionId: session.id,
        email: user.email,
        name: user.name,
        hasSecondFactor: user.twoFactorEnabled ?? false,
        mayCreatePrograms: user.mayCreatePrograms ?? false,
        signedInAt_ms: session.createdAt.getTime(),
      };
    },
  };
}
