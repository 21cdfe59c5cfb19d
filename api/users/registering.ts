import { AsyncLocalStorage } from 'node:async_hooks';
import { hashPassword } from 'better-auth/crypto';

/**
 * What a registration needs of slow work and of other tables. The sign-in library makes accounts in a
 * transaction, which would hold a connection all that time and wait for another.
 */
export interface Registration {
  /** Whether an invitation proves the address. */
  readonly isInvited: boolean;
  readonly passwordHash: string;
}

const registrations = new AsyncLocalStorage<Registration | undefined>();

/** Runs a call of the sign-in library, for a registration or for anything else. */
export const register = <T>(registration: Registration | undefined, call: () => Promise<T>): Promise<T> =>
  registrations.run(registration, call);

/** Whether the registration under way is of somebody whose invitation proves the address. */
export const isInvited = (): boolean => registrations.getStore()?.isInvited ?? false;

/** The hash of a password: the one that the registration under way brought along, or a new one. */
export const hashOf = async (password: string): Promise<string> =>
  registrations.getStore()?.passwordHash ?? (await hashPassword(password));
