import { createServer } from 'node:http';
import type { Registry } from 'prom-client';
import { type ListenPlace, listenOn } from '../../platform/serve.ts';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/metrics`, for Prometheus, on a port of its own: figures are the operators' alone, and need no key
 * where nobody else reaches the port. Throws `ConfigError` when it cannot be had.
 */
export async function serveMetrics(registry: Registry, place: ListenPlace): Promise<MetricsServer> {
  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://metrics');
    if (pathname !== '/metrics') return void res.writeHead(404).end('not found\n');
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return void res.writeHead(405, { allow: 'GET, HEAD' }).end();
    }
    registry.metrics().then(
      (text) => res.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => res.writeHead(503).end('the figures could not be collected\n'),
    );
  });
  const port = await listenOn(server, place);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
