import type { Log } from '../../platform/log.ts';
import type { SealRing } from '../../platform/seal.ts';
import type { Database } from '../../prisma/client.ts';

/** An OIDC provider with which users may sign in. */
export interface OidcProvider {
  /** Names it in addresses: lower case letters, digits and hyphens. */
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How the secret is shown; left out: as the provider's metadata have it, in a header before the body. */
  readonly clientAuth?: 'basic' | 'post' | undefined;
}

/** What signing in needs of the rest of the API. */
export interface UserDeps {
  readonly db: Database;
  readonly log: Log;
  readonly now: () => number;
  readonly settings: {
    readonly publicUrl: string;
    readonly sealRing: SealRing;
    readonly hashSecret: string;
    /** Whether anyone may register; left out: only whom somebody invited, or knows as a member. */
    readonly openRegistration?: boolean;
    readonly oidcProviders?: readonly OidcProvider[];
  };
}
