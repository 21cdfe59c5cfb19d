import { ensureSchedules } from '../../worker/schedules.ts';
import { startApi, type TestApi } from '../api/harness.ts';
import { startEngine, TASK_QUEUE, type TestEngine } from '../support/engine.ts';
import { useResource } from '../support/resource.ts';
import { TRIED } from './document.ts';
import type { World } from './part.ts';
import { makeWorld } from './world.ts';

/** The whole engine, and what there is to ask it for. */
export interface Served {
  readonly api: TestApi;
  readonly world: World;
  /** The operations that were never answered with success. */
  unanswered(): string[];
  close(): Promise<void>;
}

async function serve(): Promise<Served> {
  const found: { engine?: TestEngine } = {};
  // The engine wants the API's database, and the API the engine's Temporal.
  const temporal = {
    get workflow() {
      return clientOf(found).workflow;
    },
    get schedule() {
      return clientOf(found).schedule;
    },
  };
  const answered = new Set<string>();
  const api = await startApi({}, temporal, undefined, (app) =>
    app.addHook('onResponse', async (req, reply) => {
      if (reply.statusCode === 200) answered.add(`${req.method} ${req.routeOptions.url}`);
    }),
  );
  const engine = await startEngine({ database: api.database, server: 'dev' });
  found.engine = engine;
  await ensureSchedules(engine.client, TASK_QUEUE);
  const world = await makeWorld(api);
  answered.clear();
  return {
    api,
    world,
    unanswered: () =>
      TRIED.filter((it) => !answered.has(`${it.method} ${routeOf(it.path)}`)).map(({ id }) => id),
    async close() {
      await engine.close();
      await api.close();
    },
  };
}

function clientOf({ engine }: { readonly engine?: TestEngine }) {
  if (engine === undefined) throw new Error('Temporal is asked for before it runs');
  return engine.client;
}

const routeOf = (path: string): string => `/api/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;

/** One such engine that all tests of the file share. */
export const useServed = (): Served =>
  useResource({ make: serve, end: (served) => served.close(), within_ms: 120_000 });
