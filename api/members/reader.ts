import type pg from 'pg';
import type { MemberRow } from '../../engine/members/row.ts';
import { createGroupCommit } from '../../platform/group-commit.ts';
import { ApiError } from '../http/errors.ts';
import { MEMBER_COLUMNS } from './columns.ts';

/** Members of one statement. */
const BATCH_MAX = 500;
const QUEUE_MAX = 10_000;
/** One statement runs while the next one fills. */
const BATCHES_AT_ONCE = 2;

/** Which member of a program: by our id, or by the host's. */
type WhichMember = { readonly id: string } | { readonly externalId: string };

export interface MemberReader {
  /**
   * The member as the database has them now, or the one into whom they were merged; null: there is none in
   * this program. Throws `overloaded`.
   */
  read(programId: string, which: WhichMember): Promise<MemberRow | null>;
}

/**
 * Reads members for requests that come at the same time by one statement: each sees what was committed before
 * it asked, and a lone one waits for nothing.
 */
export function createMemberReader(pool: pg.Pool): MemberReader {
  const byId = createColumnReader(pool, 'id', 'uuid');
  const byExternalId = createColumnReader(pool, 'external_id', 'text');
  return {
    read: (programId, which) =>
      'id' in which ? byId(programId, which.id) : byExternalId(programId, which.externalId),
  };
}

interface Wanted {
  readonly programId: string;
  readonly value: string;
}

/** How a member `m` is found by a value of `g`: an external id leads to whom it became another of, first,
 * and an id of ours to whom it was merged into. */
const MATCHES = {
  id: `m.id = coalesce(
        (SELECT o.merged_into FROM members o WHERE o.program_id = g.program_id AND o.id = g.value), g.value)`,
  external_id: `m.id = coalesce(
        (SELECT a.member_id FROM member_aliases a
         WHERE a.program_id = g.program_id AND a.external_id = g.value),
        (SELECT o.id FROM members o WHERE o.program_id = g.program_id AND o.external_id = g.value))`,
} as const;

/** Reads members by one column, whose values are each one member's of a program. */
function createColumnReader(pool: pg.Pool, column: 'id' | 'external_id', type: 'uuid' | 'text') {
  const statement = {
    name: `members-by-${column}`,
    text: `
      SELECT g.nth::int - 1 AS nth, ${MEMBER_COLUMNS}
      FROM unnest($1::uuid[], $2::${type}[]) WITH ORDINALITY AS g(program_id, value, nth)
      JOIN members m ON m.program_id = g.program_id AND ${MATCHES[column]}`,
  };
  const group = createGroupCommit<Wanted, MemberRow | null>({
    async flush(wanted) {
      const values = [wanted.map(({ programId }) => programId), wanted.map(({ value }) => value)];
      const { rows } = await pool.query<MemberRow & { readonly nth: number }>({ ...statement, values });
      const members = Array<MemberRow | null>(wanted.length).fill(null);
      for (const { nth, ...member } of rows) members[nth] = member;
      return members;
    },
    batch_max: BATCH_MAX,
    queue_max: QUEUE_MAX,
    concurrency: BATCHES_AT_ONCE,
  });
  return (programId: string, value: string): Promise<MemberRow | null> =>
    new Promise((resolve, reject) => {
      const isTaken = group.push({ programId, value }, (error, member) =>
        member === undefined ? reject(error) : resolve(member),
      );
      if (!isTaken)
        reject(new ApiError('overloaded', 'Too many members are asked for; try again in a second.'));
    });
}
