import { appendFileSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clickRow, useJournals } from '../../tests/support/journal.ts';

const { open, replay, keep, files, at, ids, age } = useJournals();

describe('several processes on one folder', () => {
  it('leave each other what they write and what they store', async () => {
    const [one, other] = [open(), open()];
    await one.append([clickRow('1')]);
    await other.append([clickRow('2')]);
    let othersTurn: Promise<{ counted: number }> | undefined;
    const { counted } = await replay(one, async (rows) => {
      // While this file is being stored, the other process looks.
      othersTurn ??= replay(other);
      expect((await othersTurn).counted).toBe(1);
      await keep(rows);
    });
    expect(counted).toBe(1);
    expect(ids().sort()).toEqual(['1', '2']);
    expect(files()).toEqual([]);
  });

  it('take what one gave up at its end at once, and what a killed one had after its lease', async () => {
    const ended = open();
    await ended.append([clickRow('1')]);
    await ended.close();
    await open().append([clickRow('2')]);
    // Killed while it wrote: the redirect had not answered.
    appendFileSync(at(files('.open')[0] ?? ''), '{"id":"half');
    const killed = open();
    await killed.append([clickRow('3')]);
    await killed.close();
    renameSync(at(files('.ndjson')[1] ?? ''), at('00000000-0000-7000-8000-000000000000.dead.taken'));
    const living = open();
    expect((await replay(living)).counted).toBe(1);
    expect((await replay(living)).counted).toBe(0);
    age('.open');
    age('.taken');
    expect((await replay(living)).counted).toBe(2);
    expect(ids()).toEqual(['1', '3', '2']);
    expect(files()).toEqual([]);
  });

  it('lose no click of one that hung for longer than its lease and goes on', async () => {
    const [hung, living] = [open(), open()];
    await hung.append([clickRow('1')]);
    age('.open');
    expect((await replay(living)).counted).toBe(1);
    await hung.append([clickRow('2')]);
    expect((await replay(hung)).counted).toBe(1);
    expect(ids()).toEqual(['1', '2']);
  });

  it('count a file once when a slow one finds that another has taken it over', async () => {
    const [slow, living] = [open(), open()];
    await slow.append([clickRow('1')]);
    const first = await replay(slow, async () => {
      age('.taken');
      expect((await replay(living)).counted).toBe(1);
    });
    expect(first.counted).toBe(0);
    expect(files()).toEqual([]);
  });
});
