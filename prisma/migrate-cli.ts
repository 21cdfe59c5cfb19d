import path from 'node:path';
import { draftMigration, writeMigration } from './draft.ts';
import { migrate } from './migrate.ts';

const USAGE = `npm run db:migrate                 applies the migrations that the database lacks
npm run db:migrate -- --check      says whether schema.prisma, prisma/functions and the migrations agree
npm run db:migration -- <name>     writes a migration with what schema.prisma and prisma/functions ask for
                                   beyond the migrations`;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function apply(url: string): Promise<number> {
  const applied = await migrate(url);
  print(applied.length === 0 ? 'Nothing to apply.' : `Applied: ${applied.join(', ')}`);
  return 0;
}

async function check(url: string): Promise<number> {
  const lacking = await draftMigration(url);
  print(
    lacking === null
      ? 'schema.prisma, prisma/functions and the migrations agree.'
      : `The migrations lack:\n${lacking}`,
  );
  return lacking === null ? 0 : 1;
}

async function create(url: string, name: string): Promise<number> {
  const folder = await writeMigration(url, name, new Date());
  if (folder === null) {
    print('schema.prisma and prisma/functions ask for nothing beyond the migrations.');
    return 0;
  }
  print(`Written: ${path.relative(process.cwd(), folder)}.`);
  print('Review it, add what only SQL can say, then npm run db:migrate.');
  return 0;
}

/** Exit codes: 0 done, 1 failed or drift found, 2 wrong arguments. */
async function main([command = '', name = '']: readonly string[]): Promise<number> {
  const url = process.env['MIGRATE_DATABASE_URL'] || process.env['DATABASE_URL'];
  if (!url) {
    print('MIGRATE_DATABASE_URL or DATABASE_URL must name the database.');
    return 2;
  }
  if (command === '') return apply(url);
  if (command === '--check') return check(url);
  if (command === 'new' && /^[a-z][a-z0-9_]{0,59}$/.test(name)) return create(url, name);
  print(`${USAGE}\n<name>: lower case letters, digits and underscores.`);
  return 2;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
