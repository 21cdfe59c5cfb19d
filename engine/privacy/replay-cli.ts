import { databaseUrl, readConfig } from '../../platform/config.ts';
import { createDatabase } from '../../prisma/client.ts';
import { listedLine, readErasures, requireList } from './kept-list.ts';
import { erasuresOn, replayErasures } from './replay.ts';
import { privacySettings } from './settings.ts';

const HELP = `Erases again, after a restore of the database, whom the kept list of erasures names. Run it
before the API answers. May be stopped at any time, and run again.

  npm run erase:replay               with the list in ERASURE_LIST
  npm run erase:replay -- <file>     with another list
  npm run erase:replay -- --list     prints the list that the database has, to keep it elsewhere

Exit code: 0 everybody is erased, 1 somebody is left, 2 could not run.`;

async function main([first]: readonly string[]): Promise<number> {
  if (first === '--help') {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  try {
    const config = readConfig(process.env);
    const settings = privacySettings(config);
    const db = createDatabase({ url: databaseUrl(config), poolMax: 1, statement_timeout_ms: 0 });
    if (first === '--list') {
      for (const erasure of await erasuresOn(db)) process.stdout.write(listedLine(erasure));
      return 0;
    }
    const file = first ?? settings.listFile;
    await requireList(file);
    const erasures = await readErasures(file);
    const { erased, done, absent, left } = await replayErasures(db, settings, erasures, Date.now());
    process.stdout.write(
      `Erased again: ${erased}. Erased already: ${done}. Not in this database: ${absent}.\n` +
        left
          .map((id) => `Left: member ${id}, who has a redemption under way: end it, and run this again.\n`)
          .join(''),
    );
    return left.length === 0 ? 0 : 1;
  } catch (error) {
    // The last paragraph: those before it only say which call of Prisma's failed.
    const reason = (error instanceof Error ? error.message : String(error)).split('\n\n').at(-1)?.trim();
    process.stderr.write(
      `The erasures could not be replayed: ${reason || 'no answer'}. ` +
        'Is DATABASE_URL right? What is done stays done: run it again.\n',
    );
    return 2;
  }
}

// At once: a database that was started for this run would keep the process alive.
process.exit(await main(process.argv.slice(2)));
