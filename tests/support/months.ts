import type { TestDatabase } from './database.ts';
import { rawSql } from './ledger.ts';

/** The first moment of the month that lies so many months back, and the name of its partition. */
export const monthOf = (table: string, months: number) => {
  const now = new Date();
  const at = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
  return { at, part: `${table}_${at.toISOString().slice(0, 7).replace('-', '_')}` };
};

/** Takes away what a new database has instead of its past, so that months of the past can be made. */
export async function forgetPast({ ownerUrl }: TestDatabase): Promise<void> {
  const past = await rawSql<{ parent: string; part: string }>(
    ownerUrl,
    String.raw`SELECT parent, part FROM months_list() WHERE part LIKE '%\_until\_%'`,
  );
  for (const { parent, part } of past) {
    await rawSql(ownerUrl, `ALTER TABLE ${parent} DETACH PARTITION ${part}; DROP TABLE ${part}`);
  }
}

/** Gives an event another id, such as one that says no time, as an import may bring it. */
export async function giveEventId(
  { ownerUrl }: TestDatabase,
  programId: string,
  id: string,
  to: string,
): Promise<void> {
  await rawSql(
    ownerUrl,
    `UPDATE event_keys SET event_id = '${to}' WHERE program_id = '${programId}' AND event_id = '${id}';
     UPDATE events SET id = '${to}' WHERE program_id = '${programId}' AND id = '${id}'`,
  );
}
