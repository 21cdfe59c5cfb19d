import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How often connections are looked at whose last answer has gone out since the server began to close. */
const LOOK_MS = 50;

/**
 * Lets the server close as soon as the requests under way are answered. Node by itself waits for a connection
 * that was kept for a next request when its answer went out a moment too late, and for one on which nothing
 * was ever asked, as clients with many requests at once open them: both until a timeout, a minute later or
 * more.
 */
export function closeConnectionsInTime(app: FastifyInstance): void {
  const unused = new Set<Socket>();
  let closing = false;
  app.server.on('connection', (socket) => {
    if (closing) socket.destroy();
    else unused.add(socket.once('close', () => unused.delete(socket)));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  app.addHook('preClose', async () => {
    closing = true;
    for (const socket of unused) socket.destroy();
    const looking = setInterval(() => app.server.closeIdleConnections(), LOOK_MS);
    app.server.once('close', () => clearInterval(looking));
  });
}
