import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import { listenOn } from '../platform/serve.ts';

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** The Temporal SDK's own figures, in Prometheus' text form. */
  readonly sdkMetrics: () => Promise<string>;
  /** Throws when the worker cannot do its work. */
  readonly check: () => Promise<void>;
}

/**
 * Serves /healthz (the process lives), /readyz (it can work) and /metrics (the engine's and the SDK's
 * figures). Throws `ConfigError` when the port cannot be had.
 */
export async function serveHealth(options: HealthOptions): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(options, request.url ?? '/').then(({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  const { host, port } = options;
  await listenOn(server, { host, port, variables: { host: 'WORKER_HOST', port: 'WORKER_PORT' } });
  return server;
}

async function answer({ registry, sdkMetrics, check }: HealthOptions, url: string) {
  const text = (status: number, body: string) => ({ status, type: 'text/plain; charset=utf-8', body });
  try {
    if (url === '/healthz') return text(200, 'ok\n');
    if (url === '/readyz') {
      await check();
      return text(200, 'ready\n');
    }
    if (url === '/metrics') {
      return {
        status: 200,
        type: registry.contentType,
        body: `${await registry.metrics()}\n${await sdkMetrics()}`,
      };
    }
    return text(404, 'not found\n');
  } catch {
    return text(503, 'not ready\n');
  }
}
