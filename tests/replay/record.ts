import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporal } from '@temporalio/proto';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startEngine, type TestEngine } from '../support/engine.ts';
import { memberContinuedAsNew } from './member-paths.ts';
import { continuedAsNew, PATHS } from './paths.ts';
import { type Run, startWalk, type Walk } from './walk.ts';

/** One JSON file for each recorded run, `<path>.json`. */
export const HISTORIES = fileURLToPath(new URL('../histories', import.meta.url));

/** Of runs that began before a change of their workflow, and that nobody can record any more. */
export const EARLIER = [
  'leaderboards-before-backfill',
  'member-corrected-step-by-step',
  'member-matured-step-by-step',
  'member-told-step-by-step',
  'upkeep-before-deliveries',
];

const { History } = temporal.api.history.v1;
const PLAIN = { longs: String, enums: String, bytes: String };

/** Walks paths on real servers and replaces their stored histories: of the named path, or of `all`. */
export async function recordHistories(wanted: string): Promise<void> {
  const all = wanted === 'all';
  mkdirSync(HISTORIES, { recursive: true });
  const old = readdirSync(HISTORIES).filter((file) => all && !EARLIER.includes(path.basename(file, '.json')));
  for (const file of old) rmSync(path.join(HISTORIES, file));
  const database = await testDatabase();
  const skipping = await startEngine({ database, server: 'skipping', pump: false, webhooks: true });
  for (const [name, walkPath] of Object.entries(PATHS)) {
    if (all || name === wanted) {
      await keepHistory(skipping, name, await walkPath(await startWalk(skipping, database)));
    }
  }
  await skipping.close();
  for (const [kind, walkPath] of Object.entries(CONTINUED)) {
    if (all || wanted.startsWith(`${kind}-continued`)) await recordContinued(database, kind, walkPath);
  }
  await database.drop();
}

/** Whose first run hands over to a last one, on a server that suggests it early. */
const CONTINUED: Readonly<Record<string, (walk: Walk) => Promise<readonly [first: Run, last: Run]>>> = {
  referral: continuedAsNew,
  member: memberContinuedAsNew,
};

/** The names of those histories. */
export const CONTINUED_NAMES = Object.keys(CONTINUED).flatMap((kind) => [
  `${kind}-continued-as-new`,
  `${kind}-continued-run`,
]);

async function recordContinued(
  database: TestDatabase,
  kind: string,
  walkPath: (walk: Walk) => Promise<readonly [first: Run, last: Run]>,
): Promise<void> {
  const dev = await startEngine({ database, server: 'dev', pump: false, continueAsNewAfter: 15 });
  const [first, last] = await walkPath(await startWalk(dev, database, 0));
  await keepHistory(dev, `${kind}-continued-as-new`, first);
  await keepHistory(dev, `${kind}-continued-run`, last);
  await dev.close();
}

async function keepHistory({ client }: TestEngine, name: string, { workflowId, runId }: Run): Promise<void> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const json = JSON.stringify(History.toObject(History.create(history), PLAIN));
  writeFileSync(path.join(HISTORIES, `${name}.json`), `${anonymous(json)}\n`);
}

/** The history in a stored file, as the worker replays it. */
export function readHistory(file: string) {
  return History.fromObject(JSON.parse(readFileSync(path.join(HISTORIES, file), 'utf8')));
}

/** The SDK writes `<process>@<machine>` wherever it says who did something. */
function anonymous(history: string): string {
  return history.replaceAll(/\d+@[\w.-]+/g, 'recorder');
}
