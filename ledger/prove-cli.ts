import { databaseUrl, readConfig } from '../platform/config.ts';
import { prove } from './prove.ts';
import { describeProof } from './prove-report.ts';

const HELP = `Proves the ledger from one read-only snapshot: recomputes every balance from its entries
and checks nine claims.

  npm run prove                      all programs of DATABASE_URL, or of the local engine
  npm run prove -- --program <id>    one program
  npm run prove -- --json            the same as JSON

Exit code: 0 proven, 1 something is off, 2 could not be checked.`;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const at = args.indexOf('--program');
  try {
    const proof = await prove(databaseUrl(readConfig(process.env)), {
      programId: at < 0 ? null : (args[at + 1] ?? null),
    });
    process.stdout.write(`${args.includes('--json') ? JSON.stringify(proof) : describeProof(proof)}\n`);
    return proof.ok ? 0 : 1;
  } catch (error) {
    const reason = error instanceof Error ? error.message || 'no answer' : String(error);
    process.stderr.write(
      `The ledger could not be checked: ${reason}. ` +
        'Is the engine running (npm start), or DATABASE_URL right?\n',
    );
    return 2;
  }
}

// At once: a database that was started for this run would keep the process alive.
process.exit(await main(process.argv.slice(2)));
