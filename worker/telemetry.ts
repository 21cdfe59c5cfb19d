import { DefaultLogger, type LogLevel, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Log } from '../platform/log.ts';
import { freePort } from '../platform/ports.ts';

const LEVELS: Readonly<Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

export interface Telemetry {
  /** The SDK's figures in Prometheus' text form. */
  metrics(): Promise<string>;
}

/**
 * Sends the SDK's log to ours and its figures to a local exporter that `metrics` reads, so that a worker has
 * one address for everything. Call it once a process. Leaves signals to the composition root, which knows the
 * order in which to stop.
 */
export async function installTelemetry(log: Log): Promise<Telemetry> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) =>
      log[LEVELS[level]](fields(meta), message),
    ),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      metrics: { prometheus: { bindAddress } },
    },
  });
  return {
    async metrics() {
      const response = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(2_000) });
      return await response.text();
    },
  };
}

/** Of what the SDK adds to a message, ids and names; whatever else it carries stays out of the log. */
function fields(meta: unknown): object {
  if (meta === null || typeof meta !== 'object') return {};
  const { workflowId, runId, workflowType, activityType, taskQueue, eventId, type, error } = meta as Record<
    string,
    unknown
  >;
  return { workflowId, runId, workflowType, activityType, taskQueue, eventId, type, err: error };
}
