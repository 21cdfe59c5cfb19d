import { errorCodeOf } from '../../api/client.ts';
import { ConfigError, readConfig } from '../../platform/config.ts';
import { messageOf, UserError } from '../user-error.ts';
import { customersOf, readCdnow } from './cdnow.ts';
import { findEngine } from './engine.ts';
import { HELP, readOptions } from './options.ts';
import { runDemo } from './run.ts';

/** Resolves to the exit code of a process that was interrupted. */
function interrupted(abort: AbortController): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(signal, () => {
        abort.abort(new UserError('Interrupted.'));
        resolve(code);
      });
    }
  });
}

/** Entry point of `npm run demo`. Exit codes: 0 played, 1 something is wrong, above 128 interrupted. */
async function main(args: readonly string[]): Promise<number> {
  const customersMax = customersOf(readCdnow(), Number.POSITIVE_INFINITY).length;
  const options = readOptions(args, customersMax);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const config = readConfig(process.env);
  const abort = new AbortController();
  const stopped = interrupted(abort);
  const say = (line: string): void => console.log(`  ${line}`);
  const engine = await findEngine(config, { keep: options.keep, say, signal: abort.signal });
  try {
    const played = runDemo(engine, config, options.customers).then((ok) => (ok ? 0 : 1));
    played.catch(() => undefined);
    const code = await Promise.race([played, stopped]);
    if (code > 128) console.log('\nInterrupted. Run it again to go on where it stopped.');
    return code;
  } finally {
    await engine.stop();
  }
}

function failed(error: unknown): number {
  const expected = error instanceof UserError || error instanceof ConfigError || errorCodeOf(error) !== null;
  console.error(`\n✗ ${expected || !(error instanceof Error) ? messageOf(error) : error.stack}`);
  return 1;
}

// Sockets that are kept alive must not keep the process so.
process.exit(await main(process.argv.slice(2)).catch(failed));
