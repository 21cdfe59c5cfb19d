import { describe, expect, it } from 'vitest';
import { useDatabase } from '../tests/support/database.ts';
import { execute, withClient } from './connection.ts';

const database = useDatabase();

const ENDED = { code: '57P01' };

/** Ends, as a server that stops does, the connection of the process `pid`. */
const endConnection = (pid: unknown) =>
  execute(database.ownerUrl, `SELECT pg_terminate_backend(${Number(pid)})`);

describe('a connection that the server ends', () => {
  it('fails the query under way, and leaves the process alone', async () => {
    const work = withClient(database.ownerUrl, async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      const slow = client.query('SELECT pg_sleep(60)');
      await Promise.all([slow, endConnection(rows[0].pid)]);
    });
    await expect(work).rejects.toMatchObject(ENDED);
  });

  it('fails the next query when none is under way, and leaves the process alone', async () => {
    const work = withClient(database.ownerUrl, async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      await Promise.all([ended, endConnection(rows[0].pid)]);
      await client.query('SELECT 1');
    });
    await expect(work).rejects.toThrow('not queryable');
  });
});

it('a connection is closed behind its work, whether that ends or fails', async () => {
  const pids: unknown[] = [];
  const note = (isGood: boolean) =>
    withClient(database.ownerUrl, async (client) => {
      pids.push((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid);
      if (!isGood) throw new Error('no good');
    });
  await note(true);
  await expect(note(false)).rejects.toThrow('no good');
  const open = () =>
    withClient(database.ownerUrl, async (client) => {
      const query = 'SELECT pid FROM pg_stat_activity WHERE pid = ANY($1::int[])';
      return (await client.query(query, [pids])).rows;
    });
  await expect.poll(open).toEqual([]);
});
