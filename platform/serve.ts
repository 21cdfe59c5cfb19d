import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from './config.ts';

/** Where to listen, and the variables that said so, for the sentence that asks for others. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  readonly variables: { readonly host: string; readonly port: string };
}

/**
 * What `listen` returns. Rejects with a `ConfigError` that names the variable when the port is taken, may not
 * be had, or the address is not of this machine.
 */
export async function listening<T>(
  { host, port, variables }: ListenPlace,
  listen: () => Promise<T>,
): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const where = `port ${port} on ${host}`;
    switch ((error as NodeJS.ErrnoException).code) {
      case 'EADDRINUSE':
        throw new ConfigError(`${variables.port}: ${where} is taken; set it to a port that is free`);
      case 'EACCES':
        throw new ConfigError(`${variables.port}: this user may not listen on ${where}; set it to another`);
      case 'EADDRNOTAVAIL':
        throw new ConfigError(`${variables.host}: ${host} is no address of this machine`);
      default:
        throw error;
    }
  }
}

/** Has a server of Node listen. Returns its port, which the system chose where `port` is 0. */
export const listenOn = (server: Server, place: ListenPlace): Promise<number> =>
  listening(place, async () => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(place.port, place.host, resolve);
    });
    return (server.address() as AddressInfo).port;
  });
