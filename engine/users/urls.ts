import { below } from '../../domain/address.ts';

/** The pages that e-mails about signing in lead to. */
export type AccountPage = 'sign-in' | 'verify-email' | 'reset-password' | 'delete' | 'invitation';

/** Where the sign-in library answers what providers send browsers back to. */
export const AUTH_PATH = '/api/auth';

/** The page of who is signed in. */
export const ACCOUNT = '/account';

/** The address of a page about an account; `token` opens what the page is for. */
export function accountUrl(publicUrl: string, page: AccountPage, token?: string): string {
  const url = below(publicUrl, `${ACCOUNT}/${page}`);
  return token === undefined ? url : `${url}?token=${encodeURIComponent(token)}`;
}
