import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Lets the server close though a client holds a connection on which it has asked nothing yet, as browsers and clients with many
 * requests at once do: Node counts such a connection as busy until its first request is overdue.
 */
export function dropUnusedConnections(app: FastifyInstance): void {
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
  });
}
