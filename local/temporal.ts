import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { type Child, startChild, untilReady } from './child.ts';
import { findTemporal } from './temporal-binary.ts';
import { messageOf, UserError } from './user-error.ts';

export interface TemporalOptions {
  readonly port: number;
  /** Unset: no Web UI. */
  readonly uiPort?: number;
  /** SQLite file; unset: everything is kept in memory. */
  readonly dbFile?: string;
  readonly logFile: string;
  readonly namespace?: string;
  /** The `temporal` program. Unset: searched for, then installed. */
  readonly binary?: string;
  /** Stops waiting, and stops what was started. */
  readonly signal?: AbortSignal;
}

export interface RunningTemporal {
  readonly child: Child;
  /** host:port for clients and workers. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Why the namespace cannot be used at that address, or null when it can. */
export async function temporalTrouble(
  address: string,
  namespace: string,
  timeoutMs = 5_000,
): Promise<string | null> {
  const { Connection } = await import('@temporalio/client');
  let connection: Awaited<ReturnType<typeof Connection.connect>> | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: timeoutMs });
    await connection.workflowService.describeNamespace({ namespace });
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    await connection?.close();
  }
}

// Without the write-ahead log the dev server does half as many workflows a second on the same disk.
const PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

/** KEYWORD_LIST as the command line writes it: KeywordList. */
function commandLineType(type: string): string {
  return type
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}

function serverArguments(options: TemporalOptions, namespace: string): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port), '--namespace', namespace],
    ...(options.uiPort === undefined
      ? ['--headless']
      : ['--ui-ip', '127.0.0.1', '--ui-port', String(options.uiPort)]),
    ...(options.dbFile === undefined
      ? []
      : ['--db-filename', options.dbFile, ...PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma])]),
    ...SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${commandLineType(type)}`,
    ]),
    ...['--log-level', 'warn'],
  ];
}

/**
 * Starts Temporal's development server on 127.0.0.1 and waits until its namespace answers.
 * Errors: `UserError` when there is no program for it, or it does not start.
 */
export async function startTemporalServer(options: TemporalOptions): Promise<RunningTemporal> {
  const command = options.binary ?? (await findTemporal());
  const namespace = options.namespace ?? 'default';
  if (options.dbFile !== undefined) mkdirSync(path.dirname(options.dbFile), { recursive: true });
  const child = await startChild({
    name: 'Temporal',
    command,
    args: serverArguments(options, namespace),
    logFile: options.logFile,
  });
  const address = `127.0.0.1:${options.port}`;
  const ready = async () => (await temporalTrouble(address, namespace, 500)) === null;
  await untilReady(child, ready, 60_000, options.signal).catch(async (error) => {
    await child.stop();
    throw error;
  });
  return {
    child,
    address,
    async stop() {
      await child.stop();
    },
  };
}

/** Errors: `UserError` when the server that TEMPORAL_ADDRESS names cannot be used. */
export async function requireTemporal(address: string, namespace: string): Promise<void> {
  const trouble = await temporalTrouble(address, namespace);
  if (trouble !== null) {
    throw new UserError(
      `Temporal at ${address} (TEMPORAL_ADDRESS), namespace ${namespace} (TEMPORAL_NAMESPACE), cannot be ` +
        `used: ${trouble}. Start it, correct the variables, or unset TEMPORAL_ADDRESS to have one run here.`,
    );
  }
}
