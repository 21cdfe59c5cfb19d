import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { createReferralClient, type ReferralClient } from '../../api/client.ts';
import type { ApiSettings, ServerDeps } from '../../api/context.ts';
import { createKey, ensurePlatformKey } from '../../api/keys/create.ts';
import { buildServer } from '../../api/server.ts';
import type { Scope } from '../../domain/operators/scopes.ts';
import { createLog, type Log } from '../../platform/log.ts';
import type { Database } from '../../prisma/client.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { useResource } from '../support/resource.ts';
import { rowCounter } from '../support/rows.ts';
import { TEST_BADGES, TEST_LINK_SECRET } from '../support/seed.ts';

const PLATFORM_SECRET = 'platformsecretplatformsecretplatform';

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the wire holds
  readonly data: any;
  readonly code: string | undefined;
  readonly message: string;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly idempotencyKey?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A program with its first key, which may do everything in it. */
interface TestTenant {
  readonly programId: string;
  readonly key: string;
}

export interface TestApi {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly database: TestDatabase;
  readonly db: Database;
  readonly dataDir: string;
  /** What the API takes for the time, in milliseconds. */
  now(): number;
  /** Sets the API's clock ahead, in milliseconds. */
  advance(ms: number): void;
  readonly platformKey: string;
  readonly programId: string;
  readonly programKey: string;
  /** A typed client with the program's first key. */
  readonly client: ReferralClient;
  mutate(procedure: string, input: unknown, options?: CallOptions): Promise<Answer>;
  query(procedure: string, input?: unknown, options?: CallOptions): Promise<Answer>;
  /** The raw request: any method, body and headers. */
  send(pathname: string, init: RequestInit): Promise<Answer>;
  key(scopes: readonly Scope[], programId?: string): Promise<{ readonly id: string; readonly token: string }>;
  program(input?: object): Promise<TestTenant>;
  /** The test mode of a program of its own. */
  testProgram(): Promise<TestTenant & { readonly live: TestTenant }>;
  member(externalId?: string): Promise<{ readonly id: string; readonly referralCode: string }>;
  /** Rows in every table, to see that a refusal left all as it was. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** What `/metrics` says, on the port of its own. */
  metrics(): Promise<string>;
  refusals(code: string, procedure?: string): Promise<number>;
  clicks(result: string): Promise<number>;
  close(): Promise<void>;
}

/** Settings of an API under test whose files are in `dataDir`. */
export const apiSettings = (dataDir: string): ApiSettings => ({
  dataDir,
  hashSecret: 'a secret for tests only',
  sealRing: TEST_BADGES.ring,
  linkSecret: TEST_LINK_SECRET,
  publicUrl: 'http://localhost:3000',
  proxies: [],
  isDevelopment: true,
  // A machine that many tests share is slow, which is nothing to refuse anybody for.
  writeWait_ms: 10_000,
  readWait_ms: 10_000,
});

/** A real API over a database of its own, on a port of its own. */
export async function startApi(
  settings: Partial<ApiSettings> = {},
  temporal?: ServerDeps['temporal'],
  log: Log = createLog('test', 'silent'),
  prepare: (app: FastifyInstance) => unknown = () => undefined,
): Promise<TestApi> {
  const database = await testDatabase();
  const dataDir = settings.dataDir ?? mkdtempSync(path.join(tmpdir(), 'referral-api-'));
  const registry = new Registry();
  let offset_ms = 0;
  const now = () => Date.now() + offset_ms;
  const app = buildServer({
    db: database.db,
    databaseUrl: database.url,
    log,
    registry,
    now,
    ...(temporal === undefined ? {} : { temporal }),
    settings: { ...apiSettings(dataDir), ...settings },
  });
  prepare(app);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const rows = rowCounter(database.ownerUrl);
  const platformKey = await ensurePlatformKey(database.db, PLATFORM_SECRET);

  const send = async (pathname: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + pathname, { redirect: 'manual', ...init });
    return answerOf(response, await response.text());
  };
  const headersOf = (options: CallOptions, own: string, isMutation: boolean): Record<string, string> => ({
    ...(isMutation ? { 'content-type': 'application/json' } : {}),
    ...(options.key === null ? {} : { authorization: `Bearer ${options.key ?? own}` }),
    ...(!isMutation || options.idempotencyKey === null
      ? {}
      : { 'idempotency-key': options.idempotencyKey ?? randomUUID() }),
    ...options.headers,
  });
  const mutateAs =
    (own: string) =>
    (procedure: string, input: unknown, options: CallOptions = {}) =>
      send(`/trpc/${procedure}`, {
        method: 'POST',
        headers: headersOf(options, own, true),
        ...bodyOf(input),
      });
  const program = async (input: object = {}) => {
    const slug = `p-${randomUUID().slice(0, 8)}`;
    const defaults = { slug, name: 'A program', defaultDestination: 'https://shop.example/welcome?a=1#top' };
    const made = await mutateAs(platformKey)('programs.create', { ...defaults, ...input });
    if (made.status !== 200) throw new Error(`no program: ${made.text}`);
    return { programId: made.data.program.id as string, key: made.data.apiKey as string };
  };
  const first = await program();
  const mutate = mutateAs(first.key);

  return {
    app,
    url,
    database,
    db: database.db,
    dataDir,
    now,
    advance: (ms) => {
      offset_ms += ms;
    },
    platformKey,
    programId: first.programId,
    programKey: first.key,
    client: createReferralClient({ url, apiKey: first.key }),
    mutate,
    query: (procedure, input, options = {}) => {
      const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
      return send(`/trpc/${procedure}${search}`, { headers: headersOf(options, first.key, false) });
    },
    send,
    key: (scopes, programId = first.programId) =>
      createKey(database.db, { programId, name: 'a key', scopes }),
    program,
    async testProgram() {
      const live = await program();
      const made = await mutateAs(live.key)('programs.createTest', undefined);
      if (made.status !== 200) throw new Error(`no test program: ${made.text}`);
      return { programId: made.data.program.id, key: made.data.apiKey, live };
    },
    async member(externalId = `m-${randomUUID().slice(0, 8)}`) {
      const made = await mutate('members.upsert', { externalId });
      if (made.status !== 200) throw new Error(`no member: ${made.text}`);
      return made.data;
    },
    counts: rows.count,
    metrics: () => registry.metrics(),
    refusals: (code, procedure) =>
      sum(registry, 'referral_refusals_total', { code, ...(procedure === undefined ? {} : { procedure }) }),
    clicks: (result) => sum(registry, 'referral_clicks_total', { result }),
    async close() {
      await app.close();
      await rows.close();
      await database.drop();
      if (settings.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** One API that all tests of the file share. */
export function useApi(
  settings: Partial<ApiSettings> = {},
  temporal?: ServerDeps['temporal'],
  log?: Log,
): TestApi {
  return useResource({ make: () => startApi(settings, temporal, log), end: (api) => api.close() });
}

const bodyOf = (input: unknown): { body?: string } =>
  input === undefined ? {} : { body: JSON.stringify(input) };

export function answerOf(response: Response, text: string): Answer {
  let body: { result?: { data?: unknown }; error?: { message?: string; data?: { code?: string } } } = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Plain text, as from a redirect.
  }
  return {
    status: response.status,
    headers: response.headers,
    text,
    data: body.result?.data,
    code: body.error?.data?.code,
    message: body.error?.message ?? '',
  };
}

async function sum(
  registry: Registry,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  const values = metric?.values ?? [];
  return values
    .filter((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted))
    .reduce((total, { value }) => total + value, 0);
}
