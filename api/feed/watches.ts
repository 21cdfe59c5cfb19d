import type pg from 'pg';

/** How often a process says which feeds are followed in it, and for how long that holds. */
export const WATCH_EVERY_MS = 10_000;
const WATCH_FOR = '30 seconds';

/** What is on record for longer anyway stays as it is: processes do not write over each other. */
const WATCH = `
INSERT INTO feed_watches AS w (program_id, until)
SELECT program_id, now() + interval '${WATCH_FOR}' FROM unnest($1::uuid[]) AS program_id ORDER BY program_id
ON CONFLICT (program_id) DO UPDATE SET until = EXCLUDED.until WHERE w.until < now() + interval '20 seconds'`;

/** Has the messages of these programs announced by NOTIFY for a while. */
export async function watchFeeds(pool: pg.Pool, programIds: readonly string[]): Promise<void> {
  await pool.query({ name: 'watch-feeds', text: WATCH, values: [programIds] });
}
