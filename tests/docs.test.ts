import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { environment } from '../platform/environment.ts';
import {
  bare,
  DOCUMENTS,
  filesBelow,
  isThere,
  PRESENT,
  readText,
  rowsOf,
  SOURCES,
  sectionOf,
} from './support/documents.ts';

/** Anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const headings = readText(file).match(/^#+ .*$/gm) ?? [];
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links in Markdown outside of code. */
function linksOf(file: string): string[] {
  const text = readText(file).replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

function isBroken(file: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const there = target === '' ? file : path.normalize(path.join(path.dirname(file), target));
  if (!isThere(there)) return true;
  return anchor !== undefined && !anchorsOf(there).has(anchor);
}

describe('links and commands', () => {
  it.each(DOCUMENTS)(
    'every link of %s within the repository leads to a file and a heading that exist',
    (file) => {
      const links = linksOf(file).filter((link) => !/^[a-z]+:/.test(link));
      expect(links.filter((link) => isBroken(file, link))).toEqual([]);
    },
  );

  it('every npm script that a document names exists', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const named = DOCUMENTS.flatMap((file) => [
      ...readText(file).matchAll(/npm (?:run ([a-z:-]+)|(start|test)\b)/g),
    ]);
    const unknown = named
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((name) => !Object.hasOwn(scripts, name));
    expect(unknown).toEqual([]);
  });

  it('every file that a document names by its path exists', () => {
    const named = DOCUMENTS.flatMap((file) =>
      [
        ...readText(file).matchAll(/`((?:[a-z-]+\/)+[a-z0-9-]+(?:\.[a-z]+)*\.(?:ts|mjs|sql|json|sh|md))`/g),
      ].map((match) => match[1] ?? ''),
    );
    const missing = named.filter(
      (file) => !isThere(file) && !isThere(`docs/${file}`) && !isThere(`domain/${file}`),
    );
    expect(missing).toEqual([]);
  });
});

/** The nouns; each has a page, and a room of its name on the floors that know it. */
const NOUNS = [
  'badges',
  'billing',
  'catalogue',
  'events',
  'feed',
  'leaderboards',
  'ledger',
  'links',
  'members',
  'milestones',
  'notices',
  'operators',
  'payouts',
  'points',
  'policies',
  'privacy',
  'programs',
  'rates',
  'redemptions',
  'referrals',
  'rewards',
  'surveys',
  'tokens',
  'users',
  'webhooks',
];
const FLOORS = ['domain', 'engine', 'activities', 'workflows', 'worker', 'api'];
const pageOf = (noun: string): string => `docs/${noun.toUpperCase()}.md`;
const roomsOf = (noun: string): string[] => FLOORS.map((floor) => `${floor}/${noun}/`).filter(isThere);

describe('the nouns’ pages', () => {
  it.each(NOUNS)('docs name every room of %s, on its page and in the glossary', (noun) => {
    const page = sectionOf(pageOf(noun), 'Where it lives');
    const glossary = sectionOf('docs/GLOSSARY.md', `${noun.slice(0, 1).toUpperCase()}${noun.slice(1)}`);
    expect(roomsOf(noun).length).toBeGreaterThan(0);
    for (const text of [page, glossary]) {
      expect(roomsOf(noun).filter((room) => !text.includes(`\`${room}\``))).toEqual([]);
    }
  });

  it('every room of every floor is named by a document, be it a noun’s or not', () => {
    const text = PRESENT.map(readText).join('\n');
    const files = FLOORS.flatMap((floor) => filesBelow(floor, /\.ts$/));
    const rooms = new Set(
      files
        .map((file) => file.split('/').slice(0, -1))
        .filter(({ length }) => length > 1)
        .map(([floor, room]) => `${floor}/${room}/`),
    );
    expect(rooms.size).toBeGreaterThan(50);
    expect([...rooms].filter((room) => !text.includes(`\`${room}\``))).toEqual([]);
  });

  it('every page begins with what the noun is, and then where it lives', () => {
    const otherwise = NOUNS.filter((noun) => {
      const [title = '', sentence = '', next] = readText(pageOf(noun)).split('\n\n');
      return !/^# \w+$/.test(title) || !/^[A-Z][^.]+\./.test(sentence) || next !== '## Where it lives';
    });
    expect(otherwise).toEqual([]);
  });

  it('every table of the schema belongs to one noun, but for keys, limits, audit and stored answers', () => {
    const models = [...readText('prisma/schema.prisma').matchAll(/^model (\w+)/gm)].map(
      (match) => match[1] ?? '',
    );
    const named = NOUNS.flatMap((noun) =>
      rowsOf(pageOf(noun), 'Where it lives')
        .filter(([floor]) => floor === 'Prisma')
        .flatMap(([, what = '']) => [...what.matchAll(/`([A-Z]\w+)`/g)].map((match) => match[1] ?? '')),
    );
    expect([...named, 'ApiKey', 'AuditEntry', 'IdempotencyKey', 'RateWindow'].sort()).toEqual(models.sort());
  });
});

describe('names', () => {
  const spans = PRESENT.flatMap((file) =>
    [...readText(file).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? ''),
  );

  it('every path that a document names exists, file or folder', () => {
    const folders = [...FLOORS, 'ledger', 'prisma', 'platform', 'local', 'bench', 'tests', 'docs'];
    const paths = spans.filter(
      (span) => /^[a-z]+\/[A-Za-z0-9/._-]*$/.test(span) && folders.includes(span.split('/')[0] ?? ''),
    );
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter((span) => !isThere(span))).toEqual([]);
  });

  it('every file that a document names without its folder exists', () => {
    const files = new Set(
      [...SOURCES, ...filesBelow('prisma/functions', /\.sql$/)].map((file) => path.basename(file)),
    );
    const named = spans.filter((span) => /^[a-z-]+\.(ts|sql)$/.test(span) && span !== 'x.test.ts');
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !files.has(name))).toEqual([]);
  });

  it('every name in camel case that a document has stands in the code', () => {
    const code = [
      ...SOURCES,
      ...filesBelow('tests/support', /\.ts$/),
      'tests/api/harness.ts',
      'prisma/schema.prisma',
      'docker-compose.yml',
    ]
      .map(readText)
      .join('\n');
    const words = new Set(code.match(/\w+/g));
    const named = spans
      .map((span) => span.replace(/\(.*\)$/, ''))
      .filter((name) => /^[a-z]+[A-Z]\w*$/.test(name));
    expect(named.length).toBeGreaterThan(50);
    // Temporal's own.
    words.add('deprecatePatch');
    expect([...new Set(named)].filter((name) => !words.has(name))).toEqual([]);
  });
});

describe('docs/CONFIGURATION.md', () => {
  const own = rowsOf('docs/CONFIGURATION.md', 'The engine');
  const all = new Set(rowsOf('docs/CONFIGURATION.md').map(([name]) => bare(name)));
  /** The system's, npm's and libpq's own. */
  const FOREIGN = new Set(['PATH', 'PORT', 'HOME', 'PGPASSWORD', 'npm_execpath', 'npm_lifecycle_event']);

  it('has every variable of the engine with its default and its meaning', () => {
    const expected = Object.entries(environment.shape).map(([name, schema]) => {
      const unset = schema.safeParse(undefined);
      return [name, unset.success && unset.data !== undefined ? String(unset.data) : '', schema.description];
    });
    expect(own.map(([name, fallback, meaning]) => [bare(name), bare(fallback), meaning])).toEqual(expected);
  });

  it('has every variable that the code reads past the engine’s configuration', () => {
    const read_ = SOURCES.flatMap((file) =>
      [...readText(file).matchAll(/\benv(?:\.([A-Za-z_]+)|\['([A-Za-z_]+)'\])|\bvariable: '([A-Z_]+)'/g)].map(
        (match) => match[1] ?? match[2] ?? match[3] ?? '',
      ),
    );
    expect([...new Set(read_)].filter((name) => !all.has(name) && !FOREIGN.has(name))).toEqual([]);
  });

  it('has every variable that docker-compose.yml takes from outside or sets for the engine', () => {
    const compose = readText('docker-compose.yml');
    const taken = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] ?? '');
    expect(taken.filter((name) => !all.has(name))).toEqual([]);
  });

  it('has every variable that npm start explains', () => {
    const explained = [...readText('local/help.mjs').matchAll(/^ {2}([A-Z_]{4,})/gm)].map(
      (match) => match[1] ?? '',
    );
    expect(explained.length).toBeGreaterThan(5);
    expect(explained.filter((name) => !all.has(name))).toEqual([]);
  });
});

describe('docs/GLOSSARY.md', () => {
  it('is in alphabetical order within each noun, one line a word', () => {
    const parts = readText('docs/GLOSSARY.md')
      .split(/^## /m)
      .slice(1)
      .map((part) =>
        rowsOf('docs/GLOSSARY.md', part.split('\n')[0] ?? '').map(([word]) => (word ?? '').toLowerCase()),
      );
    expect(parts.filter((words) => words.length === 0)).toEqual([]);
    expect(parts).toEqual(parts.map((words) => [...words].sort((a, b) => (a < b ? -1 : 1))));
    for (const words of parts) expect(new Set(words).size).toBe(words.length);
  });
});
