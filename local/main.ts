import { ConfigError, readConfig } from '../platform/config.ts';
import { runStack } from './stack.ts';
import { messageOf, UserError } from './user-error.ts';

/** Entry point of `npm start`. Exit codes: 0 stopped on request, 1 something went wrong. */
async function main(): Promise<number> {
  try {
    await runStack(readConfig(process.env));
    return 0;
  } catch (error) {
    const expected = error instanceof UserError || error instanceof ConfigError;
    console.error(`\n✗ ${expected || !(error instanceof Error) ? messageOf(error) : error.stack}`);
    return 1;
  }
}

// Idle handles of libraries must not keep a stack that has been stopped alive.
process.exit(await main());
