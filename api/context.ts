import type { Client } from '@temporalio/client';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import type { IssuerForm } from '../domain/badges/urls.ts';
import type { Log } from '../platform/log.ts';
import type { AllowInternal } from '../platform/outbound.ts';
import type { SealRing } from '../platform/seal.ts';
import type { Database } from '../prisma/client.ts';
import type { Auth, Principal } from './auth/auth.ts';
import type { BillingTurns } from './billing/turns.ts';
import type { Programs } from './cache/programs.ts';
import type { Intake } from './events/intake.ts';
import type { Waiters } from './events/waiters.ts';
import type { Feeds } from './feed/feeds.ts';
import type { ApiMetrics } from './http/metrics.ts';
import type { MemberReader } from './members/reader.ts';
import type { Operators } from './operators/access.ts';
import type { RateLimit } from './rest/rate-limit.ts';
import type { MemberAuth, MemberCaller } from './tokens/member-auth.ts';
import type { Reads } from './trpc/reads.ts';
import type { Writes } from './trpc/writes.ts';
import type { OidcProvider } from './users/deps.ts';
import type { SignedIn } from './users/session.ts';
import type { Users } from './users/users.ts';

/** The parts of the configuration that the API acts on. */
export interface ApiSettings {
  /** Keeps the click journal. */
  readonly dataDir: string;
  /** Key of the hashes of addresses and user agents. */
  readonly hashSecret: string;
  /** Encrypts codes, keys and secrets at rest. */
  readonly sealRing: SealRing;
  /** Signs the links that members are sent, and members' tokens. */
  readonly linkSecret: string;
  /** Where members reach this API. */
  readonly publicUrl: string;
  /** What names programs in badges that are signed from now on; left out: their address. */
  readonly issuerForm?: IssuerForm;
  /** Where they reach its links, and https makes the cookie Secure; left out: `publicUrl`. */
  readonly linkUrl?: string;
  /** Addresses and networks of proxies, which are believed when X-Forwarded-For says who called them. */
  readonly proxies: readonly string[];
  /** Allows destinations on http://localhost. */
  readonly isDevelopment: boolean;
  /** Where Temporal’s Web UI runs beside this engine; left out: nowhere that is known. */
  readonly temporalUi?: string;
  /** Whether payout endpoints and key sets may be http and lie on internal addresses; left out: no. */
  readonly allowInternalEndpoints?: boolean;
  /** Whether webhooks may go to http and internal addresses; left out: no. */
  readonly allowInternalWebhooks?: AllowInternal;
  /** Host names on which links answer, and nothing else; left out: none. */
  readonly linkHosts?: readonly string[];
  /** Apps that open links: `TEAMID.bundle.id`, and `package=SHA-256`; left out: none. */
  readonly appleApps?: readonly string[];
  readonly androidApps?: readonly string[];
  /** Whether anyone may register; left out: only whom somebody invited, or knows as a member. */
  readonly openRegistration?: boolean;
  /** Providers with which users may sign in; left out: none. */
  readonly oidcProviders?: readonly OidcProvider[];
  /** Another address than Stripe's API, for tests. */
  readonly stripeApiBase?: string | undefined;
  /** Changes that this process makes at once; left out: a few. The other connections are for reads. */
  readonly writes_max?: number;
  /** How long a change waits for its turn, in milliseconds; left out: just below a second. */
  readonly writeWait_ms?: number;
  /** Reads that this process makes at once; left out: a few. */
  readonly reads_max?: number;
  /** How long a read waits for its turns, in milliseconds; left out: just below a second. */
  readonly readWait_ms?: number;
  /** Requests a minute that a key may make over REST; left out or 0: any number. */
  readonly rateLimit_per_minute?: number;
  /** Requests a minute that a member's tokens may make over REST together; left out or 0: any number. */
  readonly memberRateLimit_per_minute?: number;
}

/** The parts of Temporal's client that the API uses. */
export type Temporal = Pick<Client, 'workflow' | 'schedule'>;

/**
 * Returns what `ask` makes of Temporal's answers. The only way to Temporal that procedures have: it sets a
 * deadline, and throws within a database transaction.
 */
export type TemporalDoor = <T>(ask: (temporal: Temporal) => Promise<T>) => Promise<T>;

/** What the server is made of; the caller keeps `db` and `temporal`, and closes them after the server. */
export interface ServerDeps {
  readonly db: Database;
  /** For the API's own connections: group commits and LISTEN. */
  readonly databaseUrl: string;
  readonly settings: ApiSettings;
  readonly log: Log;
  readonly registry: Registry;
  readonly now: () => number;
  readonly temporal?: Temporal;
}

/** All that procedures share. */
export interface Services {
  readonly db: Database;
  /** Transactions of changes, which take their turns. */
  readonly writes: Writes;
  /** What reads ask the database through, which take their turns. */
  readonly reads: Reads;
  readonly settings: ApiSettings;
  readonly log: Log;
  readonly metrics: ApiMetrics;
  readonly now: () => number;
  readonly auth: Auth;
  readonly memberAuth: MemberAuth;
  /** Users who are signed in, and what signs them in. */
  readonly users: Users;
  readonly operators: Operators;
  readonly programs: Programs;
  readonly members: MemberReader;
  /** Links that this process remembers for redirects: forget one once its change is committed. */
  readonly links: { forget(code: string): void };
  readonly intake: Intake;
  readonly waiters: Waiters;
  readonly feeds: Feeds;
  readonly rateLimit: RateLimit;
  readonly memberRateLimit: RateLimit;
  readonly billingTurns: BillingTurns;
  /** Left out: this API is not connected to Temporal. */
  readonly temporal?: TemporalDoor;
}

/** One request, as procedures see it, by whichever way it came. */
export interface RequestContext {
  readonly services: Services;
  readonly req: FastifyRequest;
  readonly res: FastifyReply;
  /** Names a change: the same key, the same change. */
  readonly idempotencyKey: string | undefined;
  /** Who asks, where the transport had to know. */
  readonly principal?: Principal | undefined;
  /** The member who asks, likewise. */
  readonly caller?: MemberCaller | undefined;
  /** The user who asks, likewise; null: nobody is signed in. */
  readonly user?: SignedIn | null | undefined;
}
