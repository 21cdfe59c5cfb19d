import type { appRouter } from '../router.ts';
import type { AccountFormPage, FormField } from './page.ts';

/** The procedures, asked on behalf of whoever sent a form. */
export type AskProcedures = ReturnType<typeof appRouter.createCaller>;

/** What a form was filled in with, and the address that it stands at. */
export interface Filled {
  readonly values: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Where it goes on: another page of ours, or a sentence. */
export type Next = { readonly to: string } | { readonly title: string; readonly says: string };

export interface AccountForm {
  /** The form for an address, and for who is signed in. */
  page(query: Filled['query'], isSignedIn: boolean): AccountFormPage;
  act(ask: AskProcedures, filled: Filled, isSignedIn: boolean): Promise<Next>;
}

const EMAIL: FormField = { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username' };
const PASSWORD: FormField = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
};
const NEW_PASSWORD: FormField = {
  name: 'password',
  label: 'New password, at least 12 characters',
  type: 'password',
  autocomplete: 'new-password',
};
const HOME: Next = { to: '/account' };
const MAILED: Next = {
  title: 'Look into your mailbox',
  says: 'If the address may have it, an e-mail is on its way.',
};

const withToken = (path: string, token: string | undefined): string =>
  token === undefined ? path : `${path}?token=${encodeURIComponent(token)}`;

const signIn: AccountForm = {
  page: ({ token, invitation }) =>
    token === undefined
      ? {
          title: 'Sign in',
          says: invitation === undefined ? 'With your address and your password.' : 'Then you can join.',
          fields: [EMAIL, PASSWORD],
          button: 'Sign in',
          links: [
            { href: '/account/sign-in-link', label: 'Send me a link instead' },
            { href: '/account/reset-password', label: 'I have no password, or forgot it' },
          ],
        }
      : {
          title: 'Sign in',
          says: 'The link from your e-mail signs you in once.',
          fields: [],
          button: 'Sign in',
        },
  async act(ask, { values, query: { token, invitation } }) {
    if (token !== undefined) {
      await ask.users.openSignInLink({ token });
      return HOME;
    }
    const { email = '', password = '' } = values;
    const { secondFactor } = await ask.users.signIn({ email, password });
    if (secondFactor === 'asked') return { to: withToken('/account/second-factor', invitation) };
    return invitation === undefined ? HOME : { to: withToken('/account/invitation', invitation) };
  },
};

const secondFactor: AccountForm = {
  page: () => ({
    title: 'Your second factor',
    says: 'Six digits of your authenticator app, or one of your backup codes.',
    fields: [
      { name: 'code', label: 'Code', type: 'text', autocomplete: 'one-time-code' },
      { name: 'trust', label: 'Do not ask this browser again for thirty days', type: 'checkbox' },
    ],
    button: 'Sign in',
  }),
  async act(ask, { values: { code = '', trust }, query: { token } }) {
    await ask.users.verifySecondFactor({ code: code.trim(), trustDevice: trust !== undefined });
    return token === undefined ? HOME : { to: withToken('/account/invitation', token) };
  },
};

const signInLink: AccountForm = {
  page: () => ({
    title: 'A link to sign in',
    says: 'We send it to your address. It is good for ten minutes.',
    fields: [EMAIL],
    button: 'Send it',
  }),
  async act(ask, { values: { email = '' } }) {
    await ask.users.mailSignInLink({ email });
    return MAILED;
  },
};

const verifyEmail: AccountForm = {
  page: () => ({
    title: 'Your address',
    says: 'Confirm that you opened this link from an e-mail of yours.',
    fields: [],
    button: 'Confirm',
  }),
  async act(ask, { query: { token = '' } }) {
    await ask.users.verifyEmail({ token });
    return {
      title: 'Thank you',
      says: 'That is done. If your address is to change, look into the new mailbox too.',
    };
  },
};

const resetPassword: AccountForm = {
  page: ({ token }) =>
    token === undefined
      ? { title: 'A new password', says: 'We send you a link for it.', fields: [EMAIL], button: 'Send it' }
      : {
          title: 'A new password',
          says: 'It replaces the present one, and signs you out everywhere.',
          fields: [NEW_PASSWORD],
          button: 'Set it',
        },
  async act(ask, { values: { email = '', password = '' }, query: { token } }) {
    if (token === undefined) {
      await ask.users.mailPasswordReset({ email });
      return MAILED;
    }
    await ask.users.resetPassword({ token, password });
    return { to: '/account/sign-in' };
  },
};

const remove: AccountForm = {
  page: () => ({
    title: 'Delete your account',
    says: 'What you did in programs stays in their audit logs, by a number. This cannot be undone.',
    fields: [],
    button: 'Delete it',
  }),
  async act(ask, { query: { token = '' } }) {
    await ask.users.confirmDelete({ token });
    return { title: 'Gone', says: 'Your account is deleted.' };
  },
};

const invitation: AccountForm = {
  page: ({ token = '' }, isSignedIn) =>
    isSignedIn
      ? {
          title: 'You are invited',
          says: 'Join with the account you are signed in with.',
          fields: [],
          button: 'Join',
        }
      : {
          title: 'You are invited',
          says: 'Make an account, with the address that the invitation came to.',
          fields: [
            { name: 'name', label: 'Your name', type: 'text', autocomplete: 'name' },
            EMAIL,
            NEW_PASSWORD,
          ],
          button: 'Make it and join',
          links: [
            {
              href: `/account/sign-in?invitation=${encodeURIComponent(token)}`,
              label: 'I have an account already',
            },
          ],
        },
  async act(ask, { values: { name = '', email = '', password = '' }, query: { token = '' } }, isSignedIn) {
    if (!isSignedIn) {
      await ask.users.register({ name, email, password, invitation: token });
      await ask.users.signIn({ email, password });
      // The new cookie comes with the next request.
      return { to: withToken('/account/invitation', token) };
    }
    await ask.operators.accept({ token });
    return HOME;
  },
};

/** The pages below `/account` that ask for something, by their addresses. */
export const FORMS: Readonly<Record<string, AccountForm>> = {
  'sign-in': signIn,
  'sign-in-link': signInLink,
  'second-factor': secondFactor,
  'verify-email': verifyEmail,
  'reset-password': resetPassword,
  delete: remove,
  invitation,
};
