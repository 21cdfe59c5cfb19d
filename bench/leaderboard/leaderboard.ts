import pg from 'pg';
import { type AroundRow, aroundSql, rankInOrder, topSql } from '../../api/leaderboards/read.ts';
import { connectionConfig, createDatabase } from '../../prisma/client.ts';
import { type Benchmark, warmedUp } from '../benchmark.ts';
import { connectAll, rate, startBenchDatabase } from '../database.ts';
import { median } from '../table.ts';
import { measurePostings, type PostingCost } from './postings.ts';
import { MEMBERS, memberIdAt, populate, type World } from './world.ts';

const CLIENTS = 8;
const ROUND_S = 3;
/** To either side. */
const NEIGHBOURS = 5;

/**
 * Look-ups a second of a random member's rank with ten neighbours among a million, against reads of one row
 * of the same members by primary key, over the same 8 connections, both prepared.
 */
export const leaderboard: Benchmark = {
  name: 'leaderboard',
  unit: 'look-ups/s',
  async prepare() {
    const { ownerUrl, url, stop } = await startBenchDatabase();
    const world = await populate(ownerUrl);
    const config = { ...connectionConfig({ url }), types: BIGINTS };
    const clients = await connectAll(config, CLIENTS);
    const sides = {
      ours: (duration_s: number) => rate(clients, duration_s, (client) => lookUp(client, world)),
      reference: (duration_s: number) => rate(clients, duration_s, (client) => readRow(client, world)),
    };
    return {
      ...(await warmedUp(sides, { warmUp_s: 5, round_s: ROUND_S })),
      async notes() {
        const top = await rate(clients, ROUND_S, (client) => best(client, world));
        const db = createDatabase({ url, poolMax: CLIENTS });
        const cost = await measurePostings({ db, ownerUrl, databaseUrl: url, world });
        await db.$disconnect();
        return [
          `top 100: ${Math.round(top)} /s`,
          `${MEMBERS.toLocaleString('en')} members, ${world.blocks} blocks`,
          ...costNotes(cost),
        ];
      },
      async close() {
        await Promise.all(clients.map((client) => client.end()));
        await stop();
      },
    };
  },
};

function costNotes({ without, withBoards }: PostingCost): string[] {
  const [plain, scored] = [median(without), median(withBoards)];
  const cost = Math.round((plain / scored - 1) * 100);
  return [
    `postings with their decision: ${Math.round(plain)} /s without boards, ${Math.round(scored)} /s with ` +
      `three: scores cost ${cost} % (target: 25 % at most)`,
  ];
}

/** Large integers as the product reads them, instead of as text. */
const BIGINTS: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format),
};

const anyMember = () => memberIdAt(1 + Math.floor(Math.random() * MEMBERS));

async function lookUp(client: pg.Client, { programId, windowId }: World): Promise<void> {
  const memberId = anyMember();
  const { text, values } = aroundSql({ programId, windowId }, memberId, NEIGHBOURS);
  const { rows } = await client.query<AroundRow>({ name: 'around', text, values: [...values] });
  if (rankInOrder(rows, memberId).length <= NEIGHBOURS) throw new Error(`a look-up gave ${rows.length} rows`);
}

async function best(client: pg.Client, { programId, windowId }: World): Promise<void> {
  const { text, values } = topSql({ programId, windowId }, 100);
  const { rowCount } = await client.query({ name: 'top', text, values: [...values] });
  if (rowCount !== 100) throw new Error(`the top gave ${rowCount} rows`);
}

async function readRow(client: pg.Client, { programId }: World): Promise<void> {
  const text = 'SELECT id, external_id, display_name FROM members WHERE program_id = $1 AND id = $2';
  const { rowCount } = await client.query({ name: 'row', text, values: [programId, anyMember()] });
  if (rowCount !== 1) throw new Error('a member is missing');
}
