import { createServer } from 'node:net';
import { UserError } from './user-error.ts';

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/** A port of 127.0.0.1 that nobody listens on now, chosen by the operating system. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * Makes sure that nobody listens on `port`.
 * Errors: `UserError` naming the port, who needs it, and the variable that changes it.
 */
export async function requireFreePort(port: number, owner: string, variable: string): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${code ?? 'unknown error'})`;
    throw new UserError(
      `Port ${port}, which ${owner} needs, ${why}: stop what listens there, or choose another with ` +
        `${variable}=<port> npm start.`,
    );
  }
}
