import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below where systems take ports for outgoing connections from: Linux from 32768 on (ip(7)), others from
 * 49152 on (RFC 6335). A port from there may be gone before its owner listens.
 */
const FIRST = 15_000;
const END = 32_768;
const TRIES_MAX = 50;

/**
 * Listens on a port of 127.0.0.1 and lets go of it. Rejects with the system's error when it cannot be had.
 */
export function tryPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve()));
  });
}

/** A port of 127.0.0.1 that nobody listens on now, and that no outgoing connection will take. */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(FIRST, END);
    try {
      await tryPort(port);
      return port;
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
    }
  }
}
