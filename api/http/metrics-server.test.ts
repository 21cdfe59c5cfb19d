import { createServer } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../platform/ports.ts';
import { serveMetrics } from './metrics-server.ts';

const variables = { host: 'METRICS_HOST', port: 'METRICS_PORT' };
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const { close } of opened.splice(0)) await close();
});

async function serve(registry = new Registry()) {
  const server = await serveMetrics(registry, { host: '127.0.0.1', port: 0, variables });
  opened.push(server);
  return `http://127.0.0.1:${server.port}`;
}

describe('the port of metrics', () => {
  it('answers with the figures, and nothing else but that', async () => {
    const registry = new Registry();
    new Counter({ name: 'tries_total', help: 'Tries.', registers: [registry] }).inc();
    const url = await serve(registry);
    const answer = await fetch(`${url}/metrics?from=prometheus`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('tries_total 1');
    const others = await Promise.all([
      fetch(`${url}/`),
      fetch(`${url}/healthz`),
      fetch(`${url}/metrics`, { method: 'POST' }),
    ]);
    expect(others.map(({ status }) => status)).toEqual([404, 404, 405]);
  });

  it('says 503 when a figure cannot be collected, and goes on', async () => {
    const registry = new Registry();
    let fails = true;
    new Counter({
      name: 'tries_total',
      help: 'Tries.',
      registers: [registry],
      collect() {
        if (fails) throw new Error('no database');
      },
    });
    const url = await serve(registry);
    expect((await fetch(`${url}/metrics`)).status).toBe(503);
    fails = false;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  it('that is taken is named in a sentence, with the variable to set', async () => {
    const port = await freePort();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    opened.push({ close: () => new Promise((resolve) => taken.close(resolve)) });
    const serving = serveMetrics(new Registry(), { host: '127.0.0.1', port, variables });
    await expect(serving).rejects.toThrow(
      `METRICS_PORT: port ${port} on 127.0.0.1 is taken; set it to a port that is free`,
    );
  });

  it('on an address that is not of this machine is refused, by the variable of the address', async () => {
    const serving = serveMetrics(new Registry(), { host: '192.0.2.1', port: 0, variables });
    await expect(serving).rejects.toThrow('METRICS_HOST: 192.0.2.1 is no address of this machine');
  });
});
