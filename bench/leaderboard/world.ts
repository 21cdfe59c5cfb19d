import pg from 'pg';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import { windowIdOf } from '../../engine/leaderboards/in-play.ts';
import { newId } from '../../platform/ids.ts';

export const MEMBERS = 1_000_000;

/** A program with a million members on an all-time board, and boards by month and week beside it. */
export interface World {
  readonly programId: string;
  readonly windowId: string;
  readonly blocks: number;
}

/** The nth member's id, from 1. */
export const memberIdAt = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

const MEMBER_ID = `('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

/** Makes a program with that many members, numbered from 1. Returns its id. */
export async function makeProgram(client: pg.Client, slug: string, members: number): Promise<string> {
  const programId = newId();
  await client.query(
    `INSERT INTO programs (id, slug, name, default_destination) VALUES ($1, $2, $2, 'https://example.com')`,
    [programId, slug],
  );
  const policy = {
    ...builtinPolicy('USD'),
    rules: [
      {
        id: 'thanks',
        recipient: 'referrer' as const,
        trigger: { on: 'qualified' as const },
        benefit: { kind: 'fixed' as const, amount: { minor: 500n, unit: 'USD' } },
        hold_days: 30,
        expires_days: null,
        cap: null,
        condition: null,
      },
    ],
  };
  await client.query(`INSERT INTO policy_versions (program_id, version, body) VALUES ($1, 1, $2)`, [
    programId,
    JSON.stringify(policyToJson(policy)),
  ]);
  await client.query(
    `INSERT INTO members (program_id, id, external_id, referral_code, display_name)
     SELECT $1, ${MEMBER_ID}, 'member-' || n, $2 || n, 'Member ' || n FROM generate_series(1, $3::int) n`,
    [programId, `${slug}-`, members],
  );
  return programId;
}

/** Scores as people have them: most of them small, with many ties, a few large. */
export async function populate(ownerUrl: string): Promise<World> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  const programId = await makeProgram(client, 'bench', MEMBERS);
  const boards = ['all_time', 'month', 'week'].map((period) => ({ id: newId(), period }));
  for (const { id, period } of boards) {
    await client.query(
      `INSERT INTO boards (program_id, id, slug, name, metric, period)
       VALUES ($1, $2, $3, $3, 'qualified_referrals', $3::text::board_period)`,
      [programId, id, period],
    );
  }
  const boardId = boards[0]?.id ?? '';
  const windowId = windowIdOf(programId, boardId, 'all');
  await client.query(`INSERT INTO board_windows (program_id, id, board_id, key) VALUES ($1, $2, $3, 'all')`, [
    programId,
    windowId,
    boardId,
  ]);
  await client.query(
    `INSERT INTO board_scores (program_id, window_id, member_id, score, earliness, display_name)
     SELECT program_id, $2, id, 1 + floor(-ln(1 - random()) * 4)::bigint,
       -(1767225600000 + floor(random() * 28000000000)::bigint), display_name
     FROM members WHERE program_id = $1`,
    [programId, windowId],
  );
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SELECT board_rebuild($1)', [windowId]);
  await client.query('COMMIT');
  // Not the tables that are still empty: PostgreSQL would plan as if they stayed empty.
  await client.query('VACUUM ANALYZE programs, members, boards, board_windows, board_scores, board_blocks');
  // Writes what was loaded to disk now, not during the rounds.
  await client.query('CHECKPOINT');
  const { rows } = await client.query<{ blocks: number }>('SELECT count(*)::int AS blocks FROM board_blocks');
  await client.end();
  return { programId, windowId, blocks: rows[0]?.blocks ?? 0 };
}
