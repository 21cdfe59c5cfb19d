import { browserHeaders, type Caller, createCaller, type Exchange, passCookies } from './call.ts';
import type { UserDeps } from './deps.ts';
import { createSignInLibrary } from './library.ts';
import { refusalOf } from './refusals.ts';
import { createSessions, type Sessions } from './session.ts';

/** Who is signed in, and the library that signs them in. */
export interface Users extends Sessions, Caller {
  /** Gives an account without a password its first. Throws what the library refuses. */
  setFirstPassword(headers: Record<string, string>, newPassword: string): Promise<void>;
  /** Signs a user in who was recognized without the library. */
  signInAs(exchange: Exchange, userId: string): Promise<void>;
}

/** Users of this deployment, whatever programs they operate or are members of. */
export function createUsers(deps: UserDeps): Users {
  const { publicUrl } = deps.settings;
  const library = createSignInLibrary(deps);
  return {
    ...createSessions(library, publicUrl),
    ...createCaller(library, publicUrl),
    async setFirstPassword(headers, newPassword) {
      const response = await library.api.setPassword({
        headers: new Headers(headers),
        body: { newPassword },
        asResponse: true,
      });
      await requireSuccess(response);
    },
    async signInAs({ req, res }, userId) {
      const headers = new Headers(browserHeaders(req));
      const response = await library.api.startSession({ headers, body: { userId }, asResponse: true });
      await requireSuccess(response);
      passCookies(res, response);
    },
  };
}

async function requireSuccess(response: Response): Promise<void> {
  if (response.status >= 400) throw refusalOf(response.status, await response.json());
}
