import { AsyncLocalStorage } from 'node:async_hooks';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { magicLink } from 'better-auth/plugins';
import { decodeJwt } from 'jose';
import { below } from '../../domain/address.ts';
import { mayRegister } from '../../engine/users/registration.ts';
import { signInSecrets } from '../../engine/users/second-factor-seal.ts';
import { AUTH_PATH } from '../../engine/users/urls.ts';
import { keyedHash } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import { cookiePrefix } from './cookies.ts';
import type { UserDeps } from './deps.ts';
import { hashSessions } from './hashed-sessions.ts';
import { createMails, LINK_S, type Mails } from './mails.ts';
import { oidcProviders } from './oidc-plugin.ts';
import { hashOf, isInvited, type Registration, register } from './registering.ts';
import { secondFactor } from './second-factor-plugin.ts';
import { ownSignIns } from './session-plugin.ts';
import { useCode } from './used-codes.ts';

const DAY_S = 86_400;
/** NIST SP 800-63B-4 (3.1.1.2) asks for 15 where nothing else is asked, and for at least 8. */
const PASSWORD_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MAX = 128;
const USER_AGENT_LENGTH_MAX = 255;

/** Says whose address a request comes from; what a caller sends under this name is dropped. */
export const ADDRESS_HEADER = 'x-client-address';

/** The address of a call that is under way. */
const calls = new AsyncLocalStorage<string>();

/** Signing in as the library does it: one function from requests to answers. */
export interface SignInLibrary {
  /** Throws what the library could not foresee, such as a database that is away. */
  answer(request: Request, registration?: Registration): Promise<Response>;
  readonly api: ReturnType<typeof createLibrary>['api'];
}

/** The library that signs users in, with what this product asks of it. */
export function createSignInLibrary(deps: UserDeps): SignInLibrary {
  const library = createLibrary(deps);
  return {
    api: library.api,
    answer: (request, registration) =>
      calls.run(request.url, () => register(registration, () => library.handler(request))),
  };
}

function createLibrary(deps: UserDeps) {
  const mails = createMails(deps);
  return betterAuth({
    ...storage(deps),
    ...accounts(deps, mails),
    baseURL: below(deps.settings.publicUrl, AUTH_PATH),
    secrets: signInSecrets(deps.settings.sealRing),
    trustedOrigins: [new URL(deps.settings.publicUrl).origin],
    telemetry: { enabled: false },
    // Its messages may hold addresses. What it could not foresee it throws, and prints nothing.
    logger: { disabled: true },
    onAPIError: { throw: true },
    // Ours counts tries over all processes, by account too.
    rateLimit: { enabled: false },
    plugins: [
      magicLink({
        expiresIn: LINK_S.sign_in,
        storeToken: 'hashed',
        sendMagicLink: ({ email, token }) => mails.signIn(email.toLowerCase(), token),
      }),
      secondFactor(new URL(deps.settings.publicUrl).hostname),
      ownSignIns(),
      oidcProviders({
        ...deps,
        providers: deps.settings.oidcProviders ?? [],
        callbackUrl: () => new URL(calls.getStore() ?? ''),
      }),
    ],
  });
}

/** Where the library keeps things: tables of ours, and nothing that opens an account as it is. */
function storage({ db, settings }: UserDeps) {
  const isSecure = settings.publicUrl.startsWith('https:');
  return {
    database: hashSessions(prismaAdapter(db, { provider: 'postgresql', transaction: true })),
    verification: { modelName: 'userVerification', storeIdentifier: 'hashed' },
    session: { modelName: 'userSession', expiresIn: 14 * DAY_S, updateAge: DAY_S },
    databaseHooks: {
      user: {
        create: {
          before: async (_user, context) =>
            context?.path === '/sign-up/email' ? { data: { emailVerified: isInvited() } } : undefined,
        },
      },
      session: {
        create: {
          before: async (session, context) => {
            if (await skipsSecondFactor(db, session.userId, context?.path)) return false;
            // Signed in already, the code only turns the second factor on.
            const isSignIn = context?.path === '/two-factor/verify-totp' && !context.context.session;
            if (isSignIn) await useCode(db, session.userId, context.body.code);
            const address = session.ipAddress ?? '';
            return {
              data: {
                ipAddress: address === '' ? null : keyedHash(settings.hashSecret, address),
                userAgent: (session.userAgent ?? '').slice(0, USER_AGENT_LENGTH_MAX),
              },
            };
          },
        },
      },
      account: {
        create: { before: async () => ({ data: NO_TOKENS }) },
        update: { before: async () => ({ data: NO_TOKENS }) },
      },
    },
    advanced: {
      database: { generateId: () => newId() },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      // With `__Host-` a browser takes a cookie by https alone, and from no other host (RFC 6265bis).
      cookiePrefix: cookiePrefix(settings.publicUrl),
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, secure: isSecure, sameSite: 'lax', path: '/' },
    },
  } satisfies BetterAuthOptions;
}

/** A provider's tokens would open the user's account there, and nothing here asks for them. */
const NO_TOKENS = { accessToken: null, refreshToken: null, idToken: null } as const;

/** A link by e-mail is one factor: whoever set up a second does not get in by it. */
async function skipsSecondFactor(
  db: UserDeps['db'],
  userId: string,
  path: string | undefined,
): Promise<boolean> {
  if (path !== '/magic-link/verify') return false;
  return (await db.user.count({ where: { id: userId, twoFactorEnabled: true } })) > 0;
}

/** How accounts come to be, change and go. */
function accounts(deps: UserDeps, mails: Mails) {
  return {
    user: {
      // Read with the session at each request; no input of the library's sets it.
      additionalFields: { mayCreatePrograms: { type: 'boolean', required: false, input: false } },
      changeEmail: {
        enabled: true,
        sendChangeEmailConfirmation: ({ user, newEmail, token }) =>
          mails.confirmEmailChange(user.email, newEmail, token),
      },
      deleteUser: {
        enabled: true,
        deleteTokenExpiresIn: LINK_S.other,
        sendDeleteAccountVerification: ({ user, token }) => mails.deleteAccount(user.email, token),
      },
      validateUserInfo: async ({ user, source }) => {
        if (source.action !== 'create-user') return;
        const email = String(user.email);
        const isOpen = deps.settings.openRegistration === true;
        const isByPassword = source.method === 'email-password';
        if (!isByPassword && user.emailVerified !== true) return { error: 'email_unverified' };
        const isAllowed = isByPassword ? isOpen || isInvited() : await mayRegister(deps.db, isOpen, email);
        return isAllowed ? undefined : { error: 'registration_closed' };
      },
    },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      minPasswordLength: PASSWORD_LENGTH_MIN,
      maxPasswordLength: PASSWORD_LENGTH_MAX,
      password: { hash: hashOf },
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: LINK_S.other,
      sendResetPassword: ({ user, token }) => mails.resetPassword(user.email, token),
      onExistingUserSignUp: ({ user }) => mails.alreadyRegistered(user.email),
    },
    emailVerification: {
      expiresIn: LINK_S.other,
      sendOnSignUp: true,
      sendVerificationEmail: async ({ user, token }) => {
        const isChange = decodeJwt(token)['updateTo'] !== undefined;
        // An invitation has proven the address already.
        if (isChange || !user.emailVerified) await mails.verifyEmail(user.email, token);
      },
    },
    account: {
      modelName: 'userAccount',
      // A provider's account is found by its subject alone, and joins a user who asks for it signed in.
      accountLinking: {
        enabled: true,
        disableImplicitLinking: true,
        allowDifferentEmails: true,
        trustedProviders: (deps.settings.oidcProviders ?? []).map(({ id }) => id),
      },
    },
  } satisfies BetterAuthOptions;
}
