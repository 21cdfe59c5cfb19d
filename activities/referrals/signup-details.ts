import { type NormalEmail, normalizeEmail } from '../../domain/members/email.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { LockedSignup } from './signup.ts';

/** What a signup says of its member, with what it could not say. */
export interface SignupDetails {
  /** The address that the signup gave, or else the one that the host gave before; null: none that is one. */
  readonly email: NormalEmail | null;
  /** What its outcome says of details that could not be read; empty when all could. */
  readonly mark: Pick<Outcome, 'unreadable'>;
}

/**
 * Reads the details of a signup. An address that is none counts as one that nobody knows: intake lets none
 * through, but the rules for addresses may have been others when the signup was stored.
 */
export function signupDetails({ payload, memberEmail }: LockedSignup): SignupDetails {
  const given = readEmail(payload.email);
  const unreadable = [
    ...(payload.email !== undefined && given === null ? ['email'] : []),
    ...(payload.unreadable ?? []),
  ];
  return {
    email: given ?? readEmail(memberEmail ?? undefined),
    mark: unreadable.length === 0 ? {} : { unreadable },
  };
}

function readEmail(text: string | undefined): NormalEmail | null {
  const read = text === undefined ? null : normalizeEmail(text);
  return read?.ok === true ? read.value : null;
}
