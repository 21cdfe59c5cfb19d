import autocannon from 'autocannon';
import type pg from 'pg';

/** Both of the benchmarks over HTTP warm up and measure for so long. */
export const ROUND_S = 5;
export const WARM_UP_S = 2;

/** What was sent for a while, and answered as it should be. */
export interface Load {
  /** Answers a second. */
  readonly rate: number;
  readonly p99_ms: number;
  readonly answers: number;
}

/** What is emptied along with a table. */
const WITH = { events: ', event_keys, event_orders, event_rates', touches: '' };

/** Empties a table, and what belongs to its rows. Triggers that guard the past are off meanwhile. */
export async function empty(owner: pg.Pool, table: 'events' | 'touches'): Promise<void> {
  await owner.query(`
    SET session_replication_role = replica; TRUNCATE ${table}${WITH[table]}; RESET session_replication_role`);
}

/**
 * Empties the table and sends for a while. Returns the load, and the rows that are in the table then. Throws
 * when these are fewer than the answers. Those under way when the time was up are stored too, so there may be
 * more.
 */
export async function sendInto(
  owner: pg.Pool,
  table: 'events' | 'touches',
  send: () => Promise<Load>,
): Promise<Load & { readonly stored: number }> {
  await empty(owner, table);
  const load = await send();
  const { rows } = await owner.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  const stored = rows[0]?.count ?? 0;
  if (stored < load.answers) {
    throw new Error(`there were ${load.answers} answers, but only ${stored} ${table} are in the database`);
  }
  return { ...load, stored };
}

/** Sends requests for as long as `options.duration` says. Errors: when one was not answered with success. */
export async function load(options: autocannon.Options): Promise<Load> {
  const result = await autocannon(options);
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${options.url}: ${result.errors} errors, ${result.non2xx} refused`);
  }
  return { rate: result['2xx'] / result.duration, p99_ms: result.latency.p99, answers: result['2xx'] };
}
