// Makes the clone ready, then runs one of its programs:
//   node local/run.mjs [dist/<program>.js [arguments]]           a compiled program
//   node local/run.mjs --database dist/<program>.js [arguments]  the same, with a migrated database
//   node local/run.mjs --server dist/<program>.js [arguments]    the same, with a server to make databases on
//   node local/run.mjs --bin <package>/<file> [arguments]        a tool from node_modules
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { bootstrapOrExit } from '../bootstrap.mjs';
import { ROOT } from '../clone-files.mjs';

const [first, ...rest] = process.argv.slice(2);

if (first === '--bin') {
  const [tool = '', ...args] = rest;
  await bootstrapOrExit({ until: 'Prisma client generated' });
  const { status } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules', tool), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
await bootstrapOrExit();
const needs = ['--database', '--server'].includes(first) ? first : undefined;
const [target, ...args] = needs ? rest : [first, ...rest];
if (target !== undefined) {
  process.setSourceMapsEnabled(true);
  process.argv = [process.argv[0], path.join(ROOT, target), ...args];
  if (needs) {
    const { provideDatabase } = await import('../../dist/local/with-database.js');
    await provideDatabase({ migrated: needs === '--database' });
  }
  await import(path.join(ROOT, target));
}
