import { databaseUrl, readConfig } from '../../platform/config.ts';
import { createDatabase } from '../../prisma/client.ts';
import { describeRotation, isComplete, rotateSecrets } from './rotate.ts';

const HELP = `Seals every stored code, key and secret again, with BADGE_SECRET. Opens them with it and with
BADGE_SECRETS_OLD. May be stopped at any time, and run again.

  npm run secrets:rotate             on DATABASE_URL, or the local engine

Exit code: 0 nothing needs the old secrets any more, 1 something is left, 2 could not run.`;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  try {
    const config = readConfig(process.env);
    const db = createDatabase({ url: databaseUrl(config), poolMax: 1, statement_timeout_ms: 0 });
    const rotated = await rotateSecrets(db, config.seal_ring);
    process.stdout.write(`${describeRotation(rotated)}\n`);
    return isComplete(rotated) ? 0 : 1;
  } catch (error) {
    // The last paragraph: those before it only say which call of Prisma's failed.
    const reason = (error instanceof Error ? error.message : String(error)).split('\n\n').at(-1)?.trim();
    process.stderr.write(
      `The secrets could not be rotated: ${reason || 'no answer'}. ` +
        'Is the engine running (npm start), or DATABASE_URL right? What is done stays done: run it again.\n',
    );
    return 2;
  }
}

// At once: a database that was started for this run would keep the process alive.
process.exit(await main(process.argv.slice(2)));
