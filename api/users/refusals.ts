import type { ErrorCode } from '../http/error-codes.ts';
import { ApiError } from '../http/errors.ts';

/** What whoever opens a link is told that is of no use. */
export const LINK_UNUSABLE = 'This link was used, or its time is over: ask for another.';

type Refusal = readonly [code: ErrorCode, message: string];

const LINK: Refusal = ['link_unusable', LINK_UNUSABLE];
const CODE: Refusal = ['second_factor_wrong', 'The code is wrong, or its time is over.'];
const BEGIN_AGAIN: Refusal = ['second_factor_wrong', 'Sign in with your password again, then send the code.'];
const NO_SECOND_FACTOR: Refusal = ['second_factor_missing', 'This account has no second factor.'];
const NO_SESSION: Refusal = ['unauthenticated', 'Sign in first.'];
const STALE: Refusal = ['session_stale', 'Sign in again first: this needs a session of the last day.'];
const NO_PASSWORD: Refusal = ['password_missing', 'This account has no password: set one, or go without.'];
const AT_ONCE: Refusal = ['conflict', 'The same was done at the same time; try again.'];
const WRONG_PASSWORD: Refusal = ['credentials_wrong', 'The password is wrong.'];

/** What the sign-in library's codes mean here. Those that are missing are faults of ours. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  INVALID_EMAIL_OR_PASSWORD: ['credentials_wrong', 'The e-mail address or the password is wrong.'],
  INVALID_EMAIL: ['input_invalid', 'This is no e-mail address.'],
  VALIDATION_ERROR: ['input_invalid', 'The input is not valid.'],
  EMAIL_NOT_VERIFIED: ['email_unverified', 'Open the link that we sent you by e-mail first.'],
  EMAIL_ALREADY_VERIFIED: ['stage_forbids', 'The address is verified already.'],
  PASSWORD_TOO_SHORT: ['input_invalid', 'A password has at least 12 characters.'],
  PASSWORD_TOO_LONG: ['input_invalid', 'A password has at most 128 characters.'],
  INVALID_PASSWORD: WRONG_PASSWORD,
  CREDENTIAL_ACCOUNT_NOT_FOUND: NO_PASSWORD,
  PASSWORD_ALREADY_SET: ['stage_forbids', 'This account has a password: change it instead.'],
  INVALID_TOKEN: LINK,
  TOKEN_EXPIRED: LINK,
  USER_NOT_FOUND: LINK,
  INVALID_USER: ['stage_forbids', 'This link is for another account than the one that is signed in.'],
  UNAUTHORIZED: NO_SESSION,
  SESSION_EXPIRED: STALE,
  SESSION_NOT_FRESH: STALE,
  INVALID_CODE: CODE,
  INVALID_BACKUP_CODE: CODE,
  INVALID_TWO_FACTOR_COOKIE: BEGIN_AGAIN,
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: BEGIN_AGAIN,
  ACCOUNT_TEMPORARILY_LOCKED: [
    'attempts_exceeded',
    'Too many wrong codes: try again in a quarter of an hour.',
  ],
  TOTP_ALREADY_ENABLED: ['stage_forbids', 'This account has a second factor: remove it first.'],
  TOTP_NOT_ENABLED: NO_SECOND_FACTOR,
  TWO_FACTOR_NOT_ENABLED: NO_SECOND_FACTOR,
  BACKUP_CODES_NOT_ENABLED: NO_SECOND_FACTOR,
  FAILED_TO_CREATE_USER: AT_ONCE,
  REGISTRATION_CLOSED: ['registration_closed', 'Registration is by invitation.'],
};

/** What it refuses without a code. */
const BY_STATUS: Readonly<Record<number, Refusal>> = { 401: NO_SESSION, 409: AT_ONCE };

/** The refusal that an answer of the sign-in library is. Throws for what it should never answer. */
export function refusalOf(status: number, body: unknown): ApiError {
  const code = body !== null && typeof body === 'object' && 'code' in body ? body.code : undefined;
  const given = typeof code === 'string' ? code.toUpperCase() : '';
  const refusal = REFUSALS[given] ?? BY_STATUS[status];
  if (refusal === undefined) throw new Error(`the sign-in library answered ${status} ${given}`);
  return new ApiError(...refusal);
}
