import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clickRow, useJournals } from '../../tests/support/journal.ts';
import type { TouchRow } from './touches.ts';

const { open, replay, keep, files, at, stored, ids } = useJournals();

const down = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
const refusal = Object.assign(new Error('invalid input syntax for type uuid'), { code: '22P02' });

/** As the database does: takes a batch whole, or refuses it for one row. */
const refusing = (bad: readonly string[]) => async (rows: readonly TouchRow[]) => {
  if (rows.some(({ id }) => bad.includes(id))) throw refusal;
  await keep(rows);
};

describe('what was written down', () => {
  it('comes back once, in order, and every id counts that went out', async () => {
    const journal = open(at('new'));
    await journal.append([clickRow('1'), { ...clickRow('2'), is_new: false }]);
    await journal.append([clickRow('3')]);
    expect((await replay(journal)).counted).toBe(3);
    expect(stored().map(({ id, is_new }) => [id, is_new])).toEqual([
      ['1', true],
      ['2', true],
      ['3', true],
    ]);
    expect((await replay(journal)).counted).toBe(0);
  });

  it('lies in one file, however many batches it was, until that is full', async () => {
    const journal = open();
    for (let nth = 0; nth < 50; nth += 1) await journal.append([clickRow(`${nth}`)]);
    expect(files()).toHaveLength(1);
    await journal.append(Array.from({ length: 10_000 }, (_, nth) => clickRow(`more-${nth}`)));
    await journal.append([clickRow('last')]);
    expect([files('.ndjson').length, files('.open').length]).toEqual([1, 1]);
    expect((await replay(journal)).counted).toBe(10_051);
    expect(files()).toEqual([]);
  });

  it('stays on disk while the database is away, in few files', async () => {
    const journal = open();
    for (let nth = 0; nth < 10; nth += 1) {
      await journal.append([clickRow(`${nth}`)]);
      expect((await replay(journal, () => Promise.reject(down))).error).toBe(down);
    }
    expect(files()).toHaveLength(2);
    expect(journal.status()).toMatchObject({ waiting: 2, troubles: [] });
    expect((await replay(journal)).counted).toBe(10);
    expect(journal.status()).toMatchObject({ waiting: 0, oldest_at_ms: null });
  });

  it('is counted file by file, even when the database goes away before the last', async () => {
    for (const id of ['1', '2', '3']) {
      const journal = open();
      await journal.append([clickRow(id)]);
      await journal.close();
    }
    let left = 2;
    const { counted, error } = await replay(open(), async (rows) => {
      if (left === 0) throw down;
      left -= 1;
      await keep(rows);
    });
    expect([counted, error]).toEqual([2, down]);
    expect((await replay(open())).counted).toBe(1);
  });
});

describe('no trouble with one click holds up the others:', () => {
  it('clicks that the database refuses are set aside, and can be stored once mended', async () => {
    const journal = open();
    await journal.append(Array.from({ length: 2_500 }, (_, nth) => clickRow(`${nth}`)));
    const { counted } = await replay(journal, refusing(['7', '1999']));
    expect([counted, stored().length]).toEqual([2_498, 2_498]);
    const [aside = ''] = files('.refused');
    expect(files()).toEqual([aside]);
    expect(journal.status()).toMatchObject({ refused: 1, waiting: 0, troubles: ['refused'] });
    renameSync(at(aside), at(aside.replace('.refused', '.ndjson')));
    expect((await replay(journal)).counted).toBe(2);
    expect(ids().slice(-2)).toEqual(['7', '1999']);
    expect(journal.status().troubles).toEqual([]);
  });

  it('a file of which the database takes nothing is tried again, and does not hold up the next', async () => {
    const journal = open();
    await journal.append([clickRow('bad')]);
    await journal.close();
    await journal.append([clickRow('good')]);
    const missing = Object.assign(new Error('column does not exist'), { code: '42703' });
    const { counted } = await replay(journal, async (rows) => {
      if (rows[0]?.id === 'bad') throw missing;
      await keep(rows);
    });
    expect([counted, ids()]).toEqual([1, ['good']]);
    expect(journal.status()).toMatchObject({ waiting: 1, troubles: ['refused'] });
    expect((await replay(journal)).counted).toBe(1);
    expect(journal.status().troubles).toEqual([]);
  });

  it('a file that cannot be read is set aside whole, and what can be read of others is stored', async () => {
    mkdirSync(at('0.ndjson'));
    writeFileSync(at('1.ndjson'), `${JSON.stringify(clickRow('a'))}\nnonsense\nnull\n{"id":"b"}\n`);
    const journal = open();
    await journal.append([clickRow('c')]);
    expect((await replay(journal)).counted).toBe(2);
    expect(ids()).toEqual(['a', 'c']);
    expect(files().sort()).toEqual(['0.unreadable', '1.unreadable']);
    expect(readFileSync(at('1.unreadable'), 'utf8')).toBe('nonsense\nnull\n{"id":"b"}\n');
    expect(journal.status()).toMatchObject({ unreadable: 2, troubles: ['unreadable'] });
  });

  it('a folder that cannot be made is made as soon as it can, and says so until then', async () => {
    const blocked = at('blocked');
    writeFileSync(blocked, 'no folder');
    const journal = open(path.join(blocked, 'clicks'));
    expect((await replay(journal)).error).toBeInstanceOf(Error);
    expect(journal.status().troubles).toEqual(['folder']);
    await expect(journal.append([clickRow('1')])).rejects.toThrow();
    rmSync(blocked);
    await journal.append([clickRow('2')]);
    expect((await replay(journal)).counted).toBe(1);
    expect([ids(), journal.status().troubles]).toEqual([['2'], []]);
  });
});
