import { readFile } from 'node:fs/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { type Activities, createActivities } from '../activities/create.ts';
import { type Config, databaseUrl } from '../platform/config.ts';
import type { Log } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { temporalOptions } from '../platform/temporal.ts';
import { connectionConfig, createDatabase, type Database } from '../prisma/client.ts';
import { webhookQueue } from '../workflows/webhooks/messages.ts';
import { activityDeps } from './activity-deps.ts';
import { BUNDLE_PATH } from './bundle.ts';
import { type Capacity, capacityOf } from './capacity.ts';
import { createPumpBell } from './events/bell.ts';
import { deliverParcel } from './events/deliver.ts';
import { startPump } from './events/pump.ts';
import { serveHealth } from './health.ts';
import { joinKeepers } from './keeper.ts';
import { createMemberKeeper } from './members/keeper.ts';
import { createWorkerMetrics } from './metrics.ts';
import { createMailer, startMail } from './notices/start.ts';
import { createReferralKeeper } from './referrals/keeper.ts';
import { startTeller } from './referrals/teller.ts';
import { ensureSchedules } from './schedules.ts';
import { installTelemetry } from './telemetry.ts';
import { startUserMail, type UserMailOptions } from './users/sender.ts';
import { startDispatcher } from './webhooks/dispatcher.ts';
import { beating } from './webhooks/heartbeat.ts';

/** The time in which a worker may finish its tasks after a stop. */
const SHUTDOWN_GRACE = '10 seconds';
const SHUTDOWN_FORCE = '20 seconds';

/**
 * What looks for work all the time does so over connections of its own: each connection plans a statement
 * for itself, and that of a claim is the dearest of all. Over the common pool every connection would plan it.
 */
const LOOKING_CONNECTIONS = 2;

/** Endpoints that are called at once. */
const WEBHOOK_RUNS_MAX = 100;

export interface RunningWorker {
  /** Resolves when all has ended; rejects when the worker failed. */
  readonly ended: Promise<void>;
  /** Stops in order: no new events, then the worker's tasks, then connections. */
  stop(): Promise<void>;
}

/**
 * The composition root: connects, makes activities, runs the Temporal worker and the pump, and serves health.
 */
export async function runWorker(config: Config, log: Log): Promise<RunningWorker> {
  const url = databaseUrl(config);
  const telemetry = await installTelemetry(log);
  const db = createDatabase({ url, poolMax: config.DATABASE_POOL_MAX, keepsPlans: true });
  const looking = createDatabase({ url, poolMax: LOOKING_CONNECTIONS, keepsPlans: true });
  await db.$queryRaw`SELECT 1`;
  const registry = createMetrics('worker');
  const metrics = createWorkerMetrics(registry, db);
  const { connection: server, namespace } = temporalOptions(config);
  const connection = await NativeConnection.connect(server);
  const client = new Client({ connection, namespace });
  const bell = createPumpBell();
  const deps = activityDeps(config, log, db, ({ decision, code = '' }) => {
    metrics.decisions.inc({ decision, code });
    bell.decided();
  });
  const activities = createActivities(deps);
  const capacity = capacityOf(config);
  const workers = [
    await createWorker(config, capacity, connection, activities),
    await createWebhookWorker(config, connection, activities),
  ];
  const taskQueue = config.TEMPORAL_TASK_QUEUE;
  await ensureSchedules(client, taskQueue);
  const kept = { activities, log, metrics, ...capacity };
  const keeper = joinKeepers([
    createMemberKeeper({ ...kept, handOver: (parcel) => deliverParcel(client, taskQueue, parcel) }),
    createReferralKeeper(kept),
  ]);
  const pump = startPump({
    db: looking,
    connection: connectionConfig({ url }),
    client,
    taskQueue,
    keeper,
    hashSecret: config.HASH_SECRET,
    countDecision: deps.countDecision,
    log,
    metrics,
    bell,
    limits: capacity,
    deliveries_max: config.PUMP_DELIVERIES,
    interval_ms: config.PUMP_INTERVAL_MS,
  });
  const mailer = createMailer(config, log);
  const mail = startMail(config, mailer, { ...deps, metrics });
  const userMail = mailer === null ? null : startUserMail(userMailOptions(config, { db, log, mailer }));
  const loops = [startDispatcher, startTeller].map((start) => start({ db: looking, client, taskQueue, log }));
  const health = await serveHealth({
    host: config.WORKER_HOST,
    port: config.WORKER_PORT,
    registry,
    sdkMetrics: telemetry.metrics,
    check: () => checkRunning(workers, db),
  });
  const stopFeeding = () => Promise.all([pump, mail, userMail, ...loops].map((part) => part?.stop()));
  log.info({ taskQueue, port: config.WORKER_PORT }, 'worker runs');
  return superviseWorkers(workers, stopFeeding, async () => {
    health.close();
    await connection.close();
    await Promise.all([db.$disconnect(), looking.$disconnect()]);
    log.info('worker has stopped');
  });
}

const userMailOptions = (
  config: Config,
  parts: Pick<UserMailOptions, 'db' | 'log' | 'mailer'>,
): UserMailOptions => ({
  ...parts,
  sealRing: config.seal_ring,
  publicUrl: config.public_url,
  openRegistration: config.REGISTRATION === 'open',
  now: Date.now,
});

async function createWorker(
  config: Config,
  { tasks_max }: Capacity,
  connection: NativeConnection,
  activities: Activities,
): Promise<Worker> {
  return await Worker.create({
    connection,
    namespace: temporalOptions(config).namespace,
    taskQueue: config.TEMPORAL_TASK_QUEUE,
    workflowBundle: { code: await readFile(BUNDLE_PATH, 'utf8') },
    activities,
    maxCachedWorkflows: config.WORKER_CACHED_WORKFLOWS,
    // Short transactions are fastest when few wait for the same balances. This also leaves half of the pool
    // to the pump and the others.
    maxConcurrentLocalActivityExecutions: Math.min(tasks_max, Math.ceil(config.DATABASE_POOL_MAX / 2)),
    // More at once than the pool has connections would only wait for them.
    maxConcurrentActivityTaskExecutions: Math.min(tasks_max, config.DATABASE_POOL_MAX),
    maxConcurrentWorkflowTaskExecutions: tasks_max,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  });
}

/**
 * Makes the worker that calls webhooks, on a queue of its own: calls take long and next to no work, so many
 * may be under way, and they take no place of the other activities.
 */
async function createWebhookWorker(
  config: Config,
  connection: NativeConnection,
  { deliverWebhooks }: Activities,
): Promise<Worker> {
  return await Worker.create({
    connection,
    namespace: temporalOptions(config).namespace,
    taskQueue: webhookQueue(config.TEMPORAL_TASK_QUEUE),
    activities: { deliverWebhooks: beating(deliverWebhooks) },
    maxConcurrentActivityTaskExecutions: WEBHOOK_RUNS_MAX,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
  });
}

/** Runs the workers. When one ends, for whatever reason, stops what feeds them, the others, then the rest. */
function superviseWorkers(
  workers: readonly Worker[],
  stopFeeding: () => Promise<unknown>,
  close: () => Promise<void>,
): RunningWorker {
  const shutDown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run().finally(shutDown));
  const ended = Promise.allSettled(runs)
    .then(async () => {
      await stopFeeding();
      await close();
    })
    .then(async () => void (await Promise.all(runs)));
  return {
    ended,
    async stop() {
      await stopFeeding();
      shutDown();
      await ended;
    },
  };
}

/** Throws when a worker does not run or the database does not answer. */
async function checkRunning(workers: readonly Worker[], db: Database): Promise<void> {
  for (const worker of workers) {
    if (worker.getState() !== 'RUNNING') throw new Error(`worker is ${worker.getState()}`);
  }
  await db.$queryRaw`SELECT 1`;
}
