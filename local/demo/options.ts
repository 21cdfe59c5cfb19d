import { parseArgs } from 'node:util';
import { UserError } from '../user-error.ts';

export interface DemoOptions {
  readonly customers: number;
  readonly keep: boolean;
  readonly help: boolean;
}

export const HELP = `npm run demo — real purchases through the whole engine

Replays the CDNOW sample (2,357 customers, 6,919 purchases of 1997 and 1998) through the public API, as an
integrator's own code would: members, links, clicks, signups, purchases, refunds, reviews, redemptions,
answers to a survey. Then it prints the results and proves the ledger. Uses the engine that runs (npm start);
when none runs, it starts one and stops it at the end. Running it again changes nothing; after an
interruption, running it again goes on. It says first how long it takes: half a minute for 200 customers, some
minutes for all.

Options, after "--" as in: npm run demo -- --customers 200
  --customers N   only the first N customers, in the order of their first purchase; a later run may take more
  --keep          leave the engine running that the demo started
  --help, -h      this text

Variables: DATA_DIR, API_PORT and the others of npm start. docs/DEMO.md describes what the demo makes up and
by which rules.`;

function countOf(text: string, max: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > max) {
    throw new UserError(`--customers must be a whole number from 1 to ${max}, not “${text}”.`);
  }
  return count;
}

/** Reads the command line. Errors: `UserError` with the option that is wrong. */
export function readOptions(args: readonly string[], customersMax: number): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        customers: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const customers = values.customers === undefined ? customersMax : countOf(values.customers, customersMax);
    return { customers, keep: values.keep, help: values.help };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${(error as Error).message.replace(/\.?$/, '.')} npm run demo -- --help explains the options.`,
    );
  }
}
