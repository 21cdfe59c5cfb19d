import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** Agents of one kind from one source. */
export interface AgentSet {
  readonly name: string;
  readonly agents: readonly string[];
}

/** What the sets hold: `people` and `robots` are measured against limits, `others` are told beside them. */
export interface AgentSets {
  readonly people: readonly AgentSet[];
  readonly robots: readonly AgentSet[];
  readonly others: readonly AgentSet[];
}

/** A fixture of Matomo's, as far as it is read here. */
interface Fixture {
  readonly user_agent: string;
  readonly bot?: unknown;
  readonly client?: { readonly type?: string } | null;
}

const unique = (agents: readonly string[]): string[] => [...new Set(agents)];
const readJson = (...parts: string[]): unknown => JSON.parse(readFileSync(path.join(...parts), 'utf8'));

/** Reads the sets from the folder where `installSets` put their packages. */
export function readSets(folder: string): AgentSets {
  const python = path.join(folder, 'python');
  const npm = path.join(folder, 'npm', 'node_modules');
  const fixtures = matomoFixtures(path.join(python, 'device_detector', 'tests', 'fixtures', 'upstream'));
  const isBot = ({ bot }: Fixture): boolean => bot !== undefined;
  const [pages, rest] = split(
    fixtures.filter((fixture) => !isBot(fixture)),
    showsPages,
  );
  return {
    people: [{ name: 'Matomo: browsers and apps that show pages', agents: agentsOf(pages) }],
    robots: [
      { name: 'Matomo: bots', agents: agentsOf(fixtures.filter(isBot)) },
      { name: 'crawler-user-agents', agents: crawlers(python) },
    ],
    others: [
      { name: 'fake-useragent: people', agents: fakeAgents(python) },
      { name: 'top-user-agents: people', agents: topAgents(npm) },
      { name: 'user-agents: people', agents: randomAgents(npm) },
      { name: 'Matomo: apps and players that fetch for themselves', agents: agentsOf(rest) },
    ],
  };
}

/** Browsers, and what calls itself one as the views of web pages in apps do: only these follow links. */
const showsPages = ({ client, user_agent }: Fixture): boolean =>
  client?.type === 'browser' || /^(?:mozilla|opera)\//i.test(user_agent);

const agentsOf = (fixtures: readonly Fixture[]): string[] => unique(fixtures.map((each) => each.user_agent));

function split<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function matomoFixtures(folder: string): Fixture[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));
  return files.flatMap((name) => parse(readFileSync(path.join(folder, name), 'utf8')) as Fixture[]);
}

function crawlers(python: string): string[] {
  const patterns = readJson(python, 'crawleruseragents', 'crawler-user-agents.json') as {
    readonly instances?: readonly string[];
  }[];
  return unique(patterns.flatMap(({ instances = [] }) => instances));
}

function fakeAgents(python: string): string[] {
  const lines = readFileSync(path.join(python, 'fake_useragent', 'data', 'browsers.jsonl'), 'utf8').split(
    '\n',
  );
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as { useragent: string });
  return unique(rows.map(({ useragent }) => useragent));
}

function topAgents(npm: string): string[] {
  const files = ['index', 'desktop', 'mobile'].map((name) => `${name}.json`);
  return unique(files.flatMap((name) => readJson(npm, 'top-user-agents', 'src', name) as string[]));
}

function randomAgents(npm: string): string[] {
  const rows = readJson(npm, 'user-agents', 'dist', 'user-agents.json') as { userAgent: string }[];
  return unique(rows.map(({ userAgent }) => userAgent));
}
