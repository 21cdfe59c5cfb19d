import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { connectionConfig, IDLE_MS } from '../prisma/client.ts';
import { registerAccount } from './account/routes.ts';
import { createAuth } from './auth/auth.ts';
import { registerBadges } from './badges/routes.ts';
import { registerBilling } from './billing/routes.ts';
import { createBillingTurns } from './billing/turns.ts';
import { createPrograms } from './cache/programs.ts';
import { registerCapture } from './capture/route.ts';
import type { ServerDeps, Services } from './context.ts';
import { createIntake } from './events/intake.ts';
import { createWaiters } from './events/waiters.ts';
import { createFeeds } from './feed/feeds.ts';
import { closeConnectionsInTime } from './http/connections.ts';
import { registerHealth } from './http/health.ts';
import { registerHome } from './http/home-page.ts';
import { createHttp } from './http/http.ts';
import { restrictLinkHosts } from './http/link-hosts.ts';
import { createApiMetrics } from './http/metrics.ts';
import { registerAppLinks } from './links/app-links.ts';
import { createMemberReader } from './members/reader.ts';
import { registerMailbox } from './notices/mailbox.ts';
import { registerUnsubscribe } from './notices/unsubscribe.ts';
import { createOperators } from './operators/access.ts';
import { createJournal } from './redirect/journal.ts';
import { registerJournalMetrics } from './redirect/journal-metrics.ts';
import { createLinkCache } from './redirect/link-cache.ts';
import { createRecorder } from './redirect/recorder.ts';
import { registerRedirect } from './redirect/route.ts';
import { createVisitors } from './redirect/visitors.ts';
import { REST_PREFIX } from './rest/operations.ts';
import { registerProblems } from './rest/problems-page.ts';
import { createRateLimit } from './rest/rate-limit.ts';
import { registerReference } from './rest/reference.ts';
import { registerRest } from './rest/routes.ts';
import { registerSurveys } from './surveys/routes.ts';
import { createTemporalDoor } from './temporal/ask.ts';
import { createMemberAuth } from './tokens/member-auth.ts';
import { createReads } from './trpc/reads.ts';
import { createWrites } from './trpc/writes.ts';
import { registerTrpc } from './trpc-routes.ts';
import { registerSignInCallback } from './users/callback.ts';
import { createUsers } from './users/users.ts';

/** Two batches of events, one question about repeats, one about decisions. */
const EVENT_CONNECTIONS = 4;
const CLICK_CONNECTIONS = 3;
/** Two batches of members by either name. */
const MEMBER_CONNECTIONS = 4;
/** One for the tails, one for streams that catch up: they may take long, and hold up nobody else. */
const FEED_CONNECTIONS = 2;
/** A visitor is not kept waiting by a database that hangs: after this the journal takes the click. */
const CLICK_TIMEOUT_MS = 2_000;
/** A database that hangs ends streams, which are taken up again where they were. */
const FEED_TIMEOUTS = { connectionTimeoutMillis: 5_000, query_timeout: 10_000 };

/**
 * The API, ready to listen. Closing it stops accepting, lets requests under way finish, and writes what
 * clicks and events wait; `deps.db` and `deps.temporal` stay open, they are the caller's.
 */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const { log, settings, now, db } = deps;
  const metrics = createApiMetrics(deps.registry);
  const pools = createPools(deps);
  const links = createLinkCache(pools.clicks, now, settings.isDevelopment);
  const journal = createJournal(path.join(settings.dataDir, 'clicks'), log);
  registerJournalMetrics(deps.registry, journal);
  const recorder = createRecorder(pools.clicks, journal, metrics, log);
  const programs = createPrograms(db, now);
  const members = createMemberReader(pools.members);
  const services: Services = {
    db,
    writes: createWrites(db, settings),
    reads: createReads(db, settings),
    settings,
    log,
    metrics,
    now,
    programs,
    members,
    links,
    auth: createAuth(db, programs, now),
    memberAuth: createMemberAuth(db, members, settings, now),
    users: createUsers({ db, settings, log, now }),
    operators: createOperators(db),
    rateLimit: createRateLimit(db, now, settings.rateLimit_per_minute ?? 0),
    memberRateLimit: createRateLimit(db, now, settings.memberRateLimit_per_minute ?? 0),
    billingTurns: createBillingTurns(),
    intake: createIntake(pools.events, metrics, settings.hashSecret),
    waiters: createWaiters(pools.connection, pools.events, log, metrics),
    feeds: createFeeds({ connection: pools.connection, pool: pools.feeds, log, metrics, now }),
    ...(deps.temporal === undefined ? {} : { temporal: createTemporalDoor(deps.temporal) }),
  };
  const app = createHttp(log, metrics, { ...settings, problemPrefix: REST_PREFIX });
  restrictLinkHosts(app, settings.linkHosts ?? []);
  closeConnectionsInTime(app);
  registerHome(app, settings);
  registerHealth(app, pools.events, () => journal.status().troubles);
  registerTrpc(app, services);
  registerRest(app, services);
  registerReference(app, settings.publicUrl);
  registerProblems(app);
  const visitors = createVisitors(settings.hashSecret, now);
  registerRedirect(app, { links, recorder, visitors, settings, metrics, now });
  registerAppLinks(app, settings);
  registerCapture(app);
  registerBadges(app, services);
  registerUnsubscribe(app, services);
  registerMailbox(app, services);
  registerSurveys(app, services);
  registerBilling(app, services);
  registerAccount(app, services);
  registerSignInCallback(app, services);
  app.addHook('onReady', async () => void recorder.replay());
  // Callers that wait for a decision are answered now, or closing would take as long as they may wait.
  app.addHook('preClose', async () => {
    await Promise.all([services.waiters.close(), services.feeds.close()]);
  });
  app.addHook('onClose', async () => {
    await Promise.all([services.intake.idle(), recorder.close()]);
    await Promise.all([pools.events, pools.clicks, pools.members, pools.feeds].map((pool) => pool.end()));
  });
  return app;
}

/** The API's own connections, besides those of Prisma. */
function createPools(deps: ServerDeps) {
  const connection = connectionConfig({ url: deps.databaseUrl });
  const timeouts = { connectionTimeoutMillis: CLICK_TIMEOUT_MS, query_timeout: CLICK_TIMEOUT_MS };
  return {
    connection,
    events: quietPool({ ...connection, max: EVENT_CONNECTIONS }, deps),
    clicks: quietPool({ ...connection, max: CLICK_CONNECTIONS, ...timeouts }, deps),
    members: quietPool({ ...connection, max: MEMBER_CONNECTIONS }, deps),
    feeds: quietPool({ ...connection, max: FEED_CONNECTIONS, ...FEED_TIMEOUTS }, deps),
  };
}

/** A pool whose idle connections may break without ending the process: the next query shows it. */
function quietPool(config: pg.PoolConfig, { log }: ServerDeps): pg.Pool {
  const pool = new pg.Pool({ idleTimeoutMillis: IDLE_MS, ...config });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'));
  return pool;
}
