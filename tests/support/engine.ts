import path from 'node:path';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  type NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { inject } from 'vitest';
import { type Activities, createActivities } from '../../activities/create.ts';
import type { PayoutSettings } from '../../engine/payouts/providers/provider.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { type RunningTemporal, startTemporalServer } from '../../local/temporal.ts';
import { findTemporal, findTestServer } from '../../local/temporal-binary.ts';
import { temporaryFolder } from '../../local/temporary.ts';
import { createLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { freePort } from '../../platform/ports.ts';
import { connectionConfig } from '../../prisma/client.ts';
import { createPumpBell } from '../../worker/events/bell.ts';
import { deliverParcel } from '../../worker/events/deliver.ts';
import { type Pump, startPump } from '../../worker/events/pump.ts';
import { joinKeepers } from '../../worker/keeper.ts';
import type { Loop } from '../../worker/loop.ts';
import { createMemberKeeper } from '../../worker/members/keeper.ts';
import { createWorkerMetrics } from '../../worker/metrics.ts';
import { createReferralKeeper } from '../../worker/referrals/keeper.ts';
import { startTeller } from '../../worker/referrals/teller.ts';
import { startDispatcher } from '../../worker/webhooks/dispatcher.ts';
import { beating } from '../../worker/webhooks/heartbeat.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.ts';
import { webhookQueue } from '../../workflows/webhooks/messages.ts';
import type { TestDatabase } from './database.ts';
import { useResource } from './resource.ts';
import { TEST_BADGES, TEST_PAYOUTS, TEST_PRIVACY, TEST_WEBHOOKS } from './seed.ts';

export const TASK_QUEUE = 'test';
/** Of every server here. */
const NAMESPACE = 'default';

// Tests provoke what the SDK warns of; errors are still shown.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  shutdownSignals: [],
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

/** One Temporal server with a worker and, unless a test hands over events itself, a pump. */
export interface TestEngine {
  readonly client: Client;
  readonly activities: Activities;
  readonly env: TestWorkflowEnvironment;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly database: TestDatabase;
  /** skipping: days pass in milliseconds while a result is awaited. dev: the real server, real time. */
  readonly server: 'skipping' | 'dev';
  readonly pump?: boolean;
  /** Whether endpoints are told what happens; left out: no. */
  readonly webhooks?: boolean;
  readonly maxCachedWorkflows?: number;
  /** Stands between the worker and the activities, so that a test can make a provider fail. */
  readonly wrap?: (activities: Activities) => Activities;
  readonly payouts?: Partial<PayoutSettings>;
  /** dev only: a run is asked to continue as new from this many history events on. */
  readonly continueAsNewAfter?: number;
  /** dev only: a run takes no more signals than this. */
  readonly signalsMax?: number;
}

/** A time-skipping server of the test's own. */
export async function skippingServer(): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path' as const, path: await findTestServer() };
  const env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  const searchAttributes = Object.fromEntries(
    SEARCH_ATTRIBUTES.map(({ name, type }) => [name, INDEXED[type as keyof typeof INDEXED]]),
  );
  await env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  return env;
}

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED = { KEYWORD: 2, DATETIME: 6 } as const;

/** A development server of the test's own, in memory. */
export async function devServer(): Promise<TestWorkflowEnvironment & { readonly process: RunningTemporal }> {
  const server = await startTemporalServer({
    port: await freePort(),
    logFile: path.join(temporaryFolder('referral-temporal-'), 'temporal.log'),
  });
  const env = await TestWorkflowEnvironment.createFromExistingServer({ address: server.address });
  return Object.assign(env, { process: server, address: server.address });
}

/** Ends a server of `devServer`. It takes a second to end by itself, and what it keeps goes with it. */
export async function endServer({ child }: RunningTemporal): Promise<void> {
  await child.stop(0);
}

/** A development server with other limits, each as `name=value` of its dynamic configuration. */
async function limitedServer(limits: readonly string[]): Promise<TestWorkflowEnvironment> {
  return await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: await findTemporal() },
      searchAttributes: [...SEARCH_ATTRIBUTES],
      extraArgs: [...limits.flatMap((limit) => ['--dynamic-config-value', limit]), '--log-level', 'error'],
    },
  });
}

function startServer(options: EngineOptions): Promise<TestWorkflowEnvironment> {
  const { server, continueAsNewAfter, signalsMax } = options;
  if (server === 'skipping') return skippingServer();
  const limits = [
    ...(continueAsNewAfter === undefined
      ? []
      : [`limit.historyCount.suggestContinueAsNew=${continueAsNewAfter}`]),
    ...(signalsMax === undefined ? [] : [`history.maximumSignalsPerExecution=${signalsMax}`]),
  ];
  return limits.length === 0 ? devServer() : limitedServer(limits);
}

/** Starts everything that stands between a stored event and its decision. */
export async function startEngine(options: EngineOptions): Promise<TestEngine> {
  const { database, pump: pumped = true, maxCachedWorkflows = 100, wrap = (it) => it } = options;
  const env = await startServer(options);
  const log = createLog('test', 'fatal');
  const { db, url } = database;
  const activities = wrap(
    createActivities({
      db,
      databaseUrl: url,
      policies: createPolicies(),
      badges: TEST_BADGES,
      payouts: { ...TEST_PAYOUTS, ...options.payouts },
      webhooks: TEST_WEBHOOKS,
      privacy: TEST_PRIVACY,
      log,
      countDecision: () => undefined,
    }),
  );
  const connection = env.nativeConnection as NativeConnection;
  const worker = await Worker.create({
    connection,
    namespace: NAMESPACE,
    taskQueue: TASK_QUEUE,
    identity: TASK_QUEUE,
    workflowBundle: { codePath: inject('workflowBundle') },
    activities,
    maxCachedWorkflows,
  });
  const running = worker.run();
  const pump = pumped ? pumpInto(database, connection, activities) : null;
  const webhooks = options.webhooks === true ? await startWebhooks(database, connection, activities) : null;
  return {
    env,
    client: env.client,
    activities,
    async close() {
      await Promise.all([pump?.stop(), webhooks?.stop()]);
      worker.shutdown();
      await running;
      await env.teardown();
      if ('process' in env) await endServer(env.process as RunningTemporal);
    },
  };
}

/** One engine that all tests of the file share. The options may depend on what was registered before. */
export function useEngine(options: EngineOptions | (() => EngineOptions)): TestEngine {
  return useResource({
    make: () => startEngine(typeof options === 'function' ? options() : options),
    end: (engine) => engine.close(),
  });
}

/** One more pump on a database; any number may share it. It speaks to Temporal as a worker's does. */
export function pumpInto(database: TestDatabase, connection: NativeConnection, activities: Activities): Pump {
  const client = new Client({ connection, namespace: NAMESPACE });
  const log = createLog('test', 'fatal');
  const metrics = createWorkerMetrics(createMetrics('test'), database.db);
  const kept = { activities, log, metrics, members_max: 4, referrals_max: 2 };
  const keeper = joinKeepers([
    createMemberKeeper({ ...kept, handOver: (parcel) => deliverParcel(client, TASK_QUEUE, parcel) }),
    createReferralKeeper(kept),
  ]);
  const teller = startTeller({ db: database.db, client, taskQueue: TASK_QUEUE, log });
  const pump = startPump({
    hashSecret: TEST_PRIVACY.hashSecret,
    countDecision: () => undefined,
    db: database.db,
    connection: connectionConfig({ url: database.url }),
    client,
    taskQueue: TASK_QUEUE,
    log,
    metrics,
    keeper,
    bell: createPumpBell(),
    limits: { parcels_max: 100, shared_max: 100 },
    deliveries_max: 3,
    interval_ms: 50,
  });
  return { stop: async () => void (await Promise.all([pump.stop(), teller.stop()])) };
}

/** What tells endpoints: the worker that calls them, and the dispatcher that wakes their workflows. */
async function startWebhooks(
  { db }: TestDatabase,
  connection: NativeConnection,
  { deliverWebhooks }: Activities,
): Promise<Loop> {
  const worker = await Worker.create({
    connection,
    namespace: NAMESPACE,
    taskQueue: webhookQueue(TASK_QUEUE),
    activities: { deliverWebhooks: beating(deliverWebhooks) },
  });
  const running = worker.run();
  const client = new Client({ connection, namespace: NAMESPACE });
  const dispatcher = startDispatcher({ db, client, taskQueue: TASK_QUEUE, log: createLog('test', 'fatal') });
  return {
    async stop() {
      await dispatcher.stop();
      worker.shutdown();
      await running;
    },
  };
}
