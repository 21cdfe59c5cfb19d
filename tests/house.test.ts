import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const FLOORS = ['api', 'worker', 'workflows', 'activities', 'engine', 'ledger', 'domain', 'platform'];
const COLUMNS_MAX = 110;
const LINES_MAX = 250;

/** What nobody edits by hand, or never again: packages, what builds and tools write, released migrations. */
const NOT_OURS = /^(node_modules|dist|\.data|\.tools|\.git|prisma\/generated|prisma\/migrations)(\/|$)/;

const files: readonly string[] = (function below(folder): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (NOT_OURS.test(name)) {
      return [];
    }
    return entry.isDirectory()
      ? below(name)
      : entry.isFile() && /\.(ts|mjs|cjs|sql)$/.test(name)
        ? [name]
        : [];
  });
})('').sort();

const texts = new Map(files.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));
const production = [...texts].filter(
  ([file]) => FLOORS.includes(file.split('/')[0] ?? '') && !file.endsWith('.test.ts'),
);

/** Each line above the limit, as `file:line`. */
function longLines(of: Iterable<readonly [string, string]>): string[] {
  return [...of].flatMap(([file, text]) =>
    text.split('\n').flatMap((line, at) => (line.length > COLUMNS_MAX ? [`${file}:${at + 1}`] : [])),
  );
}

/** Each file above the limit, as `file (lines)`. */
function longFiles(of: Iterable<readonly [string, string]>): string[] {
  return [...of]
    .map(([file, text]) => [file, text.trimEnd().split('\n').length] as const)
    .filter(([, lines]) => lines > LINES_MAX)
    .map(([file, lines]) => `${file} (${lines})`);
}

/** Names, by type, the parts that every procedure is handed, whichever room they come from. */
const PARTS = 'api/context.ts';

/** The room of a file: the folder of its floor that it is in, or the file itself at the top of the floor. */
const roomOf = (file: string) => file.split('/').slice(0, 2).join('/');

/** For each room the rooms of the same floor that it imports, be it for a type. */
function importsOfRooms(of: Iterable<readonly [string, string]>): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const [file, text] of of) {
    const [room, floor] = [roomOf(file), file.split('/')[0]];
    const others = imports.get(room) ?? new Set<string>();
    for (const [, to = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)) {
      const target = path.posix.join(path.posix.dirname(file), to);
      if (target.split('/')[0] === floor && roomOf(target) !== room) {
        others.add(roomOf(target));
      }
    }
    imports.set(room, others);
  }
  return imports;
}

/** Each set of rooms that reach each other, as `a ↔ b`. */
function circles(imports: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reach = (from: string, seen = new Set<string>()): Set<string> => {
    for (const to of imports.get(from) ?? []) {
      if (!seen.has(to)) {
        reach(to, seen.add(to));
      }
    }
    return seen;
  };
  const reached = new Map([...imports.keys()].map((room) => [room, reach(room)]));
  const found = [...reached].map(([room, own]) =>
    [...own].filter((other) => reached.get(other)?.has(room)).sort(),
  );
  return [...new Set(found.filter((rooms) => rooms.length > 0).map((rooms) => rooms.join(' ↔ ')))];
}

/** Each exported name that two files define, as `name: files`. Handing it on does not count. */
function sharedNames(of: Iterable<readonly [string, string]>): string[] {
  const definedIn = new Map<string, Set<string>>();
  const definition =
    /^export (?:async |abstract |declare )*(?:const|let|function\*?|class|type|interface|enum) (\w+)/gm;
  for (const [file, text] of of) {
    for (const [, name = ''] of text.matchAll(definition)) {
      definedIn.set(name, (definedIn.get(name) ?? new Set()).add(file));
    }
  }
  return [...definedIn]
    .filter(([, places]) => places.size > 1)
    .map(([name, places]) => `${name}: ${[...places].join(', ')}`);
}

/** The files that ask others, each with a time limit, and after `goOutside`: never within a transaction. */
const DOORS = [
  'platform/outbound.ts',
  'platform/stripe.ts',
  'platform/temporal.ts',
  'worker/notices/smtp.ts',
];

/** Files that read as if they did, and why they do not. */
const NO_DOORS = new Map([
  ['api/rest/code-samples.ts', 'a sample for the reader of the reference'],
  [
    'worker/run.ts',
    'a client over the connection of the worker, handed to those who ask within a time limit',
  ],
  ['worker/telemetry.ts', 'the metrics of the process itself, within a time limit'],
]);

const ASKS = new RegExp(
  [
    String.raw`\bfetch\(`,
    String.raw`\b(?:https?|net|tls|http2|dgram)\.(?:request|get|connect|createConnection|createSocket)\(`,
    String.raw`\b(?:request|createConnection|connect)\b[^;]*\} from 'node:`,
    String.raw`\brequest as \w+[^;]*\} from 'node:`,
    String.raw`from '(?:undici|axios|got|ws|@grpc/[\w-]+)'`,
    String.raw`\bnew (?:Stripe|SMTPConnection|Client|WebSocket|EventSource)\(`,
    String.raw`\b(?:Native)?Connection\.(?:lazy|connect)\(`,
    String.raw`\bcreateTransport\(`,
    String.raw`\.withDeadline\(`,
  ].join('|'),
);

/** What asks Temporal something. */
const ASKS_TEMPORAL = new RegExp(
  [
    String.raw`\.(?:getHandle|signalWithStart|executeUpdateWithStart)\(`,
    String.raw`\bschedule\.(?:create|list)\(`,
    String.raw`\bworkflow\.(?:start|execute|list|count)\(`,
  ].join('|'),
);

/** Files that ask others, and are no door, or do not go through one. */
function secretDoors(of: Iterable<readonly [string, string]>): string[] {
  const files = [...of].filter(([file]) => !NO_DOORS.has(file));
  const unknown = files.filter(([file, text]) => ASKS.test(text) && !DOORS.includes(file));
  const open = files.filter(([file, text]) => DOORS.includes(file) && !/\bgoOutside\(/.test(text));
  const endless = files.filter(
    ([, text]) => ASKS_TEMPORAL.test(text) && !/\b(?:askTemporal|askWithin)\(/.test(text),
  );
  return [...unknown, ...open, ...endless].map(([file]) => file);
}

/** The one place for a connection that is used once, and the one for a connection that listens. */
const CONNECTS = ['platform/listen.ts', 'prisma/connection.ts'];

/** Files that open a connection of their own, which a server that goes away could end the process with. */
function ownConnections(of: Iterable<readonly [string, string]>): string[] {
  return [...of]
    .filter(([file, text]) => !CONNECTS.includes(file) && /\bnew pg\.Client\(/.test(text))
    .map(([file]) => file);
}

describe('the house', () => {
  it('has no line above 110 columns, in code, SQL or comments', () => {
    expect(longLines(texts)).toEqual([]);
    expect(longLines([['a.ts', `${'a'.repeat(COLUMNS_MAX)}\n${'b'.repeat(COLUMNS_MAX + 1)}`]])).toEqual([
      'a.ts:2',
    ]);
  });

  it('has no file above 250 lines', () => {
    expect(longFiles(texts)).toEqual([]);
    expect(longFiles([['a.ts', 'a\n'.repeat(LINES_MAX + 1)]])).toEqual(['a.ts (251)']);
  });

  it('has no circle between the rooms of a floor, types included', () => {
    const rooms = production.filter(([file]) => file !== PARTS);
    expect(circles(importsOfRooms(rooms))).toEqual([]);
    const mutual = [
      ['api/a/one.ts', "import type { B } from '../b/two.ts';"],
      ['api/b/two.ts', "export { c } from '../three.ts';"],
      ['api/three.ts', "const { one } = await import('./a/one.ts');"],
      ['api/b/four.ts', "import './two.ts';\nimport '../../domain/a/one.ts';"],
    ] as const;
    expect(circles(importsOfRooms(mutual))).toEqual(['api/a ↔ api/b ↔ api/three.ts']);
  });

  it('asks others through doors alone, which have time limits and close within a transaction', () => {
    expect(secretDoors(production)).toEqual([]);
    expect(DOORS.filter((file) => !texts.has(file))).toEqual([]);
    const secret = [
      ['api/a.ts', "await fetch('https://example.com')"],
      ['api/b.ts', "import { request as ask } from 'node:https';"],
      ['api/c.ts', 'const api = new Stripe(key);'],
      ['api/d.ts', 'const connection = await Connection.connect({ address });'],
      ['platform/outbound.ts', 'send(call)'],
      ['api/e.ts', 'await client.workflow.start(type, options)'],
    ] as const;
    expect(secretDoors(secret)).toEqual([
      'api/a.ts',
      'api/b.ts',
      'api/c.ts',
      'api/d.ts',
      'platform/outbound.ts',
      'api/e.ts',
    ]);
    expect(secretDoors([['api/f.ts', 'askTemporal(() => workflow.start(type))']])).toEqual([]);
  });

  it('has no exported name with two meanings', () => {
    expect(sharedNames(production)).toEqual([]);
    const twice = ['export type Item = 1;', 'export async function Item() {}'].map(
      (text, at) => [`${at}.ts`, text] as const,
    );
    expect(sharedNames(twice)).toEqual(['Item: 0.ts, 1.ts']);
  });

  it('opens a connection to PostgreSQL where its loss is heard, and nowhere else', () => {
    const programs = [...texts].filter(([file]) => !/^(bench|tests)\/|\.test\.ts$/.test(file));
    expect(ownConnections(programs)).toEqual([]);
    expect(ownConnections([['api/g.ts', 'const client = new pg.Client({})']])).toEqual(['api/g.ts']);
  });
});
