import { APIError } from 'better-auth/api';
import type { Database } from '../../prisma/client.ts';
import { countAttempt } from './attempts.ts';

/** The sign-in library takes a code for half a minute before and after the half that it is shown in. */
const ONCE = { max: 1, window: 120 } as const;

/**
 * Uses up a code of an authenticator app, which is good once (RFC 6238, 5.2): whoever saw it typed does not
 * get in by it. Throws the library's refusal of a wrong code.
 */
export async function useCode(db: Database, userId: string, code: unknown): Promise<void> {
  const { allowed } = await countAttempt(db, ['totp', userId, String(code)], ONCE);
  if (!allowed) throw new APIError('UNAUTHORIZED', { code: 'INVALID_CODE', message: 'used' });
}
