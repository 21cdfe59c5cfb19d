import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FLOORS = [
  'api',
  'worker',
  'workflows',
  'activities',
  'engine',
  'ledger',
  'domain',
  'platform',
  'local',
  'prisma',
];

const sources = FLOORS.flatMap((floor) =>
  readdirSync(path.join(ROOT, floor), { recursive: true, encoding: 'utf8' }).map(
    (name) => `${floor}/${name}`,
  ),
)
  .filter((file) => /(?<!\.test)\.ts$/.test(file) && !file.startsWith('prisma/generated/'))
  .sort()
  .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

const filesWith = (pattern: RegExp) =>
  sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);

/** Each deed, what its code cannot do without, and the one place where that may stand. */
const DEEDS: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ['waking the pump', /pg_notify\(\s*'events'/, ['engine/events/wake.ts']],
  ['notifying who waits for a decision', /pg_notify\(\s*'decided'/, ['engine/events/decide.ts']],
  ['any other notice of PostgreSQL', /pg_notify\(\s*(?!'events'|'decided')/, []],
  ['deciding an event', /state = 'decided',/, ['engine/events/decide.ts']],
  ['making waiting events of a member due', /UPDATE events SET due_at/, ['engine/events/decide.ts']],
  [
    // A referral's steps lock the event and read, in the same statement, all else that they ask about it.
    'locking an open event',
    /FROM events( e\b[^;]*?|\s+WHERE program_id = \$\{\S+) (AND|ON) (e\.)?id = \$\{[^;]*FOR( NO KEY)? UPDATE/,
    [
      'activities/referrals/event.ts',
      'activities/referrals/invitation.ts',
      'activities/referrals/signup.ts',
      'engine/events/lock.ts',
    ],
  ],
  ['writing to the outbox', /INSERT INTO outbox|\.outbox\.(create|upsert)/, ['engine/events/outbox.ts']],
  [
    // What the host sends comes in batches of hundreds, with hashes of its own words: an insert of its own.
    'storing an event',
    /INSERT INTO events|\.event\.(create|upsert)/,
    ['api/events/statement.ts', 'engine/events/store.ts'],
  ],
  [
    'asking for the latest policy version',
    // `findMany` pages through them all.
    /max\((v\.)?version\)|max: \{ version|findFirst\w*\([^;]*orderBy: \{ version|BY (v\.)?version DESC/,
    ['engine/policies/latest.ts'],
  ],
];

describe('one door for events', () => {
  it.each(DEEDS)('%s is written in one place', (_deed, pattern, places) => {
    expect(filesWith(pattern)).toEqual(places);
  });
});
