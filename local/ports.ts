import { tryPort } from '../platform/ports.ts';
import { UserError } from './user-error.ts';

/**
 * Makes sure that nobody listens on `port`.
 * Errors: `UserError` naming the port, who needs it, and the variable that changes it.
 */
export async function requireFreePort(port: number, owner: string, variable: string): Promise<void> {
  try {
    await tryPort(port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${code ?? 'unknown error'})`;
    throw new UserError(
      `Port ${port}, which ${owner} needs, ${why}: stop what listens there, or choose another with ` +
        `${variable}=<port> npm start.`,
    );
  }
}
