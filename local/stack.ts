import type { Config } from '../platform/config.ts';
import { type Booted, boot } from './boot.ts';
import { lockData } from './lock.ts';
import { requireFreePort } from './ports.ts';
import { createProgress } from './progress.ts';
import { forgetRunningStack, writeRunningStack } from './running.ts';
import { stopRequested } from './stop-request.ts';
import { Supervisor } from './supervisor.ts';
import { UserError } from './user-error.ts';

/** The order of starting; stopping goes the other way. */
const ORDER = ['PostgreSQL', 'Temporal', 'worker', 'API'];

/**
 * Runs the stack until a signal stops it.
 * Errors: `UserError` when something cannot be started or ends by itself; nothing is left running then.
 */
export async function runStack(config: Config): Promise<void> {
  const begun = performance.now();
  const progress = createProgress();
  const stop = stopRequested();
  const lock = await lockData(config.DATA_DIR);
  const supervisor = new Supervisor((child) => lock.record(child.name, child.pid));
  let failed = false;
  try {
    await requirePorts(config);
    const booting = boot({ config, supervisor, progress });
    booting.catch(() => undefined);
    const booted = await Promise.race([booting, stop, supervisor.failure]);
    if (booted instanceof UserError) throw booted;
    if (booted === undefined) return;
    writeRunningStack(config.DATA_DIR, booted.stack);
    console.log(summary(config, booted, (performance.now() - begun) / 1000));
    const problem = await Promise.race([supervisor.failure, stop]);
    if (problem) throw problem;
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    console.log(failed ? '' : '\nStopping.');
    await supervisor.stop(ORDER, (name) => progress.say(`stopping ${name}`));
    forgetRunningStack(config.DATA_DIR);
    lock.release();
  }
}

async function requirePorts(config: Config): Promise<void> {
  await requireFreePort(config.API_PORT, 'the API', 'API_PORT');
  if (config.METRICS_PORT !== 0) {
    await requireFreePort(config.METRICS_PORT, 'the API’s metrics', 'METRICS_PORT');
  }
  await requireFreePort(config.WORKER_PORT, 'the worker', 'WORKER_PORT');
  if (config.DATABASE_URL === undefined) {
    await requireFreePort(config.POSTGRES_PORT, 'PostgreSQL', 'POSTGRES_PORT');
  }
  if (config.TEMPORAL_ADDRESS === undefined) {
    await requireFreePort(config.TEMPORAL_PORT, 'Temporal', 'TEMPORAL_PORT');
    await requireFreePort(config.TEMPORAL_UI_PORT, 'Temporal’s Web UI', 'TEMPORAL_UI_PORT');
  }
}

/** Where the API’s figures are, unless the system chose the port: the API’s log then says it. */
const metricsOf = ({ METRICS_PORT }: Config): string =>
  METRICS_PORT === 0 ? '' : `the API's at http://localhost:${METRICS_PORT}/metrics, `;

function summary(config: Config, { stack, firstOperator }: Booted, seconds: number): string {
  const database = new URL(stack.database_url);
  if (database.password) database.password = '***';
  const webUi = stack.temporal_ui ? `   Web UI at ${stack.temporal_ui}` : '';
  return [
    '',
    `The engine runs (ready after ${seconds.toFixed(1)} s).`,
    `  API            ${stack.api}   (tRPC at ${stack.api}/trpc, health at /readyz)`,
    `  Metrics        ${metricsOf(config)}the worker's at ${stack.worker}/metrics`,
    `  Temporal       ${stack.temporal_address}${webUi}`,
    `  PostgreSQL     ${database.href}`,
    ...(config.SMTP_URL === undefined && config.NODE_ENV !== 'production'
      ? [`  Mailbox        ${stack.api}/mailbox   (e-mails are kept there, not sent)`]
      : []),
    `  Platform key   in ${stack.platform_key_file}, sent as "Authorization: Bearer <key>"`,
    `  Sign in        ${stack.api}/account/sign-in`,
    ...(firstOperator === null
      ? []
      : [`                 as ${firstOperator.email}, password ${firstOperator.password} (shown this once)`]),
    '',
    'Ctrl-C stops all of it. npm run demo, in another terminal, shows it at work.',
  ].join('\n');
}
