import { ConfigError, readConfig } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { runWorker } from './run.ts';

try {
  const config = readConfig(process.env);
  const worker = await runWorker(config, createLog('worker', config.LOG_LEVEL));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
  await worker.ended;
  process.exit(0);
} catch (error) {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else createLog('worker', 'error').fatal({ err: error }, 'the worker cannot run');
  process.exit(1);
}
