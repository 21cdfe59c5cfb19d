import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { queueUserMail, type UserMail } from '../../engine/users/mail.ts';
import { type AccountPage, accountUrl } from '../../engine/users/urls.ts';
import type { UserDeps } from './deps.ts';

/** How long the links in e-mails are good for. */
export const LINK_S = { sign_in: (10 * MINUTE_MS) / 1_000, other: HOUR_MS / 1_000 } as const;

/** Writes the e-mails about signing in; a worker sends them. */
export interface Mails {
  signIn(to: string, token: string): Promise<void>;
  verifyEmail(to: string, token: string): Promise<void>;
  resetPassword(to: string, token: string): Promise<void>;
  confirmEmailChange(to: string, newEmail: string, token: string): Promise<void>;
  deleteAccount(to: string, token: string): Promise<void>;
  alreadyRegistered(to: string): Promise<void>;
}

/** The e-mails lead to `publicUrl`, whatever `Host` a request named. */
export function createMails({ db, settings, now }: UserDeps): Mails {
  const queue = (mail: UserMail, seconds: number = LINK_S.other) => {
    const now_ms = now();
    return queueUserMail(db, settings.sealRing, mail, { now_ms, expires_at_ms: now_ms + seconds * 1_000 });
  };
  const url = (page: AccountPage, token?: string) => accountUrl(settings.publicUrl, page, token);
  return {
    signIn: (to, token) => queue({ kind: 'sign_in', to, url: url('sign-in', token) }, LINK_S.sign_in),
    verifyEmail: (to, token) => queue({ kind: 'verify_email', to, url: url('verify-email', token) }),
    resetPassword: (to, token) => queue({ kind: 'reset_password', to, url: url('reset-password', token) }),
    confirmEmailChange: (to, newEmail, token) =>
      queue({ kind: 'confirm_email_change', to, newEmail, url: url('verify-email', token) }),
    deleteAccount: (to, token) => queue({ kind: 'delete_account', to, url: url('delete', token) }),
    alreadyRegistered: (to) => queue({ kind: 'already_registered', to, url: url('sign-in') }),
  };
}
