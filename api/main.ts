import { type Config, ConfigError, databaseUrl, readConfig } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { listening } from '../platform/serve.ts';
import { lazyClient } from '../platform/temporal.ts';
import { createDatabase } from '../prisma/client.ts';
import { serveMetrics } from './http/metrics-server.ts';
import { buildServer } from './server.ts';

/** Of the connections, how many changes may hold: the others are for reads. */
const WRITES_SHARE = 0.6;

/** The API's process: reads the environment, listens, and on SIGTERM or SIGINT closes in order. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog('api', config.LOG_LEVEL);
  const url = databaseUrl(config);
  const db = createDatabase({ url, poolMax: config.DATABASE_POOL_MAX });
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
