import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createJournal, type Journal } from '../../api/redirect/journal.ts';
import type { StoreClicks } from '../../api/redirect/journal-batch.ts';
import { LEASE_MS } from '../../api/redirect/journal-files.ts';
import type { TouchRow } from '../../api/redirect/touches.ts';
import { createLog } from '../../platform/log.ts';

/** A click on its way, by an id of the test's own. */
export const clickRow = (id: string): TouchRow => ({
  program_id: 'p',
  id,
  link_id: 'l',
  visitor_id: 'v',
  occurred_at: '2026-05-01T10:00:00.000Z',
  ip_hash: null,
  user_agent_hash: null,
  paid_click: { gclid: 'a\nb' },
  is_new: true,
});

/** A folder for each test, any number of journals on it, and what they stored. */
export function useJournals() {
  let folder = '';
  let stored: TouchRow[] = [];
  let journals: Journal[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
    [stored, journals] = [[], []];
  });
  afterEach(async () => {
    for (const journal of journals) await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const files = (ending = '') => readdirSync(folder).filter((name) => name.endsWith(ending));
  const keep = async (rows: readonly TouchRow[]): Promise<void> => {
    stored.push(...rows);
  };
  return {
    keep,
    files,
    at: (name: string) => path.join(folder, name),
    stored: () => stored,
    ids: () => stored.map(({ id }) => id),
    /** One more process on the folder, or on another one. */
    open(at = folder): Journal {
      const journal = createJournal(at, createLog('test', 'silent'));
      journals.push(journal);
      return journal;
    },
    /** Replays, and returns how many clicks were counted as stored, even when it ends in an error. */
    async replay(journal: Journal, store: StoreClicks = keep) {
      let counted = 0;
      const count = (clicks: number): void => {
        counted += clicks;
      };
      const error = await journal.replay(store, count).catch((caught: unknown) => caught);
      return { counted, error };
    },
    /** As if the process that has these files had ended before its lease. */
    age(ending: string): void {
      const past = new Date(Date.now() - LEASE_MS - 1_000);
      for (const name of files(ending)) utimesSync(path.join(folder, name), past, past);
    },
  };
}
