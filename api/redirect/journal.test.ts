import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createJournal } from './journal.ts';
import type { TouchRow } from './touches.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (id: string): TouchRow => ({
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

it('what was written down comes back once, in order, and is looked up for duplicates', async () => {
  const journal = createJournal(path.join(folder, 'new'));
  await journal.append([row('1'), row('2')]);
  await journal.append([row('3')]);
  const stored: TouchRow[] = [];
  const store = async (rows: readonly TouchRow[]) => void stored.push(...rows);
  expect(await journal.replay(store)).toBe(3);
  expect(stored.map(({ id, is_new }) => [id, is_new])).toEqual([
    ['1', false],
    ['2', false],
    ['3', false],
  ]);
  expect(await journal.replay(store)).toBe(0);
});

it('while the database is away everything stays on disk', async () => {
  const journal = createJournal(folder);
  await journal.append([row('1')]);
  const down = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
  await expect(journal.replay(() => Promise.reject(down))).rejects.toBe(down);
  expect(readdirSync(folder)).toHaveLength(1);
});

it('a batch that the database refuses stays, and does not hold up the next', async () => {
  const journal = createJournal(folder);
  await journal.append([row('bad')]);
  await journal.append([row('good')]);
  const stored: string[] = [];
  const count = await journal.replay(async (rows) => {
    if (rows[0]?.id === 'bad') throw new Error('violates a constraint');
    stored.push(...rows.map(({ id }) => id));
  });
  expect([count, stored]).toEqual([1, ['good']]);
  expect(readdirSync(folder)).toHaveLength(1);
});

it('a batch that was being written when the process died is not read', async () => {
  writeFileSync(path.join(folder, 'x.ndjson.part'), '{"id":"half');
  expect(await createJournal(folder).replay(async () => undefined)).toBe(0);
});
