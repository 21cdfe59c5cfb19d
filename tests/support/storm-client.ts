import { setTimeout as sleep } from 'node:timers/promises';
import { createReferralClient, errorCodeOf, type ReferralClient } from '../../api/client.ts';
import type { Storm } from './storm-stack.ts';

/** What an integrator sends again, under the same key, until it is answered. */
const PASSING: ReadonlySet<string> = new Set(['database_unavailable', 'overloaded', 'idempotency_in_flight']);
const REST_MS = 100;
const ANSWER_MS = 15_000;
const PATIENCE_MS = 60_000;

/** A well-behaved caller: goes on to the next API and repeats, as long as the answer is "not now" or none. */
export interface Caller {
  call<T>(work: (client: ReferralClient) => Promise<T>): Promise<T>;
  /** How often it was told what, and `unreachable` for no answer. */
  readonly troubles: ReadonlyMap<string, number>;
}

const fetchInTime: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });

export function createCaller(storm: Storm, apiKey: string): Caller {
  const clients = storm.apis.map(({ url }) => createReferralClient({ url, apiKey, fetch: fetchInTime }));
  const troubles = new Map<string, number>();
  let turn = 0;
  return {
    troubles,
    async call(work) {
      const until_ms = Date.now() + PATIENCE_MS;
      for (;;) {
        const client = clients[turn++ % clients.length] as ReferralClient;
        try {
          return await work(client);
        } catch (error) {
          const code = errorCodeOf(error) ?? 'unreachable';
          troubles.set(code, (troubles.get(code) ?? 0) + 1);
          if ((code !== 'unreachable' && !PASSING.has(code)) || Date.now() > until_ms) throw error;
          await sleep(REST_MS);
        }
      }
    },
  };
}
