import { readErasures } from '../engine/privacy/kept-list.ts';
import { lostErasures } from '../engine/privacy/replay.ts';
import { privacySettings } from '../engine/privacy/settings.ts';
import { type Config, ConfigError, databaseUrl, readConfig } from '../platform/config.ts';
import { createLog, type Log } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { listening } from '../platform/serve.ts';
import { lazyClient } from '../platform/temporal.ts';
import { createDatabase, type Database } from '../prisma/client.ts';
import { isDatabaseDown } from './http/database-errors.ts';
import { serveMetrics } from './http/metrics-server.ts';
import { buildServer } from './server.ts';

/** Of the connections, how many changes may hold, and reads: the others are for whatever says who asks. */
const WRITES_SHARE = 0.6;
const READS_SHARE = 0.3;

/** The API's process: reads the environment, listens, and on SIGTERM or SIGINT closes in order. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog('api', config.LOG_LEVEL);
  const url = databaseUrl(config);
  const db = createDatabase({ url, poolMax: config.DATABASE_POOL_MAX });
  await requireErasures(config, db, log);
  const temporal = config.TEMPORAL_ADDRESS === undefined ? undefined : lazyClient(config);
  const registry = createMetrics('api');
  const app = buildServer({
    db,
    databaseUrl: url,
    log,
    registry,
    now: Date.now,
    settings: {
      dataDir: config.DATA_DIR,
      hashSecret: config.HASH_SECRET,
      sealRing: config.seal_ring,
      linkSecret: config.LINK_SECRET,
      publicUrl: config.public_url,
      issuerForm: config.BADGE_ISSUER,
      proxies: config.TRUST_PROXY,
      isDevelopment: config.NODE_ENV !== 'production',
      ...temporalUi(config),
      allowInternalEndpoints: config.PAYOUT_ALLOW_INTERNAL,
      allowInternalWebhooks: config.allow_internal_webhooks,
      ...(config.LINK_URL === undefined ? {} : { linkUrl: config.LINK_URL }),
      linkHosts: config.LINK_HOSTS,
      openRegistration: config.REGISTRATION === 'open',
      oidcProviders: config.OIDC_PROVIDERS,
      appleApps: config.APP_LINKS_APPLE,
      androidApps: config.APP_LINKS_ANDROID,
      stripeApiBase: config.STRIPE_API_BASE,
      rateLimit_per_minute: config.RATE_LIMIT_PER_MINUTE,
      writes_max: Math.max(1, Math.floor(config.DATABASE_POOL_MAX * WRITES_SHARE)),
      reads_max: Math.max(1, Math.floor(config.DATABASE_POOL_MAX * READS_SHARE)),
      memberRateLimit_per_minute: config.MEMBER_RATE_LIMIT_PER_MINUTE,
    },
    ...(temporal === undefined ? {} : { temporal }),
  });
  const metrics = await serveMetrics(registry, {
    host: config.METRICS_HOST,
    port: config.METRICS_PORT,
    variables: { host: 'METRICS_HOST', port: 'METRICS_PORT' },
  });
  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, 'closing');
    await app.close();
    await metrics.close();
    await db.$disconnect();
    await temporal?.connection.close();
    log.info('closed');
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, (name) => void stop(name));
  const { API_HOST: host, API_PORT: port } = config;
  const address = await listening({ host, port, variables: { host: 'API_HOST', port: 'API_PORT' } }, () =>
    app.listen({ host, port }),
  );
  log.info({ address, metrics: metrics.port }, 'listening');
}

/**
 * Throws `ConfigError` where the kept list has erasures that the database does not know of: a backup was
 * restored, and nobody may see again who was erased. A database that is away is no reason not to start.
 */
async function requireErasures(config: Config, db: Database, log: Log): Promise<void> {
  const { listFile } = privacySettings(config);
  try {
    const lost = await lostErasures(db, await readErasures(listFile));
    if (lost.length === 0) return;
    throw new ConfigError(
      `${lost.length} erasures of ${listFile} are not in the database: it was restored from a backup of ` +
        'before. Run `npm run erase:replay`, then start the API.',
    );
  } catch (error) {
    if (!isDatabaseDown(error)) throw error;
    log.warn('the database is away: whether all erasures are in it was not checked');
  }
}

/** The Web UI of the Temporal server that `npm start` runs; of another one nobody knows where it is. */
function temporalUi({ TEMPORAL_ADDRESS, TEMPORAL_PORT, TEMPORAL_UI_PORT }: Config): { temporalUi?: string } {
  return TEMPORAL_ADDRESS === `127.0.0.1:${TEMPORAL_PORT}`
    ? { temporalUi: `http://localhost:${TEMPORAL_UI_PORT}` }
    : {};
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    error instanceof ConfigError
      ? `${error.message}\n`
      : `${error instanceof Error ? (error.stack ?? error.message) : error}\n`,
  );
  // What was opened before would keep the process alive.
  process.exit(1);
}
