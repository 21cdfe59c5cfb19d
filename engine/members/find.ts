import type { Database, Tx } from '../../prisma/client.ts';

/**
 * The id of the member to whom an external id leads: the one who became known by it, or was given it since.
 * Null: nobody.
 */
export async function memberIdBy(
  db: Database | Tx,
  programId: string,
  externalId: string,
): Promise<string | null> {
  const [row] = await db.$queryRaw<{ id: string }[]>`
    SELECT member_id::text AS id FROM member_aliases
    WHERE program_id = ${programId}::uuid AND external_id = ${externalId}
    UNION ALL
    SELECT id::text FROM members WHERE program_id = ${programId}::uuid AND external_id = ${externalId}
    LIMIT 1`;
  return row?.id ?? null;
}

/**
 * The member to whom an id of ours leads: the one into whom it was merged, or itself. One look, since a merge
 * lets all that led to the one who goes lead to the one who stays.
 */
export async function whoStays(db: Database | Tx, programId: string, memberId: string): Promise<string> {
  const [row] = await db.$queryRaw<{ id: string | null }[]>`
    SELECT merged_into::text AS id FROM members
    WHERE program_id = ${programId}::uuid AND id = ${memberId}::uuid`;
  return row?.id ?? memberId;
}

/** The ids of ours that lead to a member: their own first, then those of what was merged into them. */
export async function accountIds(db: Database | Tx, programId: string, memberId: string): Promise<string[]> {
  const where = { programId, mergedInto: memberId };
  const merged = await db.member.findMany({ where, orderBy: { id: 'asc' }, select: { id: true } });
  return [memberId, ...merged.map(({ id }) => id)];
}

/** What events about a member are about: the id by which they became known, whichever of theirs is given. */
export async function subjectFor(db: Database | Tx, programId: string, externalId: string): Promise<string> {
  const alias = await db.memberAlias.findUnique({
    where: { programId_externalId: { programId, externalId } },
    select: { member: { select: { externalId: true } } },
  });
  return alias?.member.externalId ?? externalId;
}

/** What events about one member may have for a subject: the id that was sent, and that of their beginning. */
export const subjectsOf = async (db: Database, programId: string, externalId: string): Promise<string[]> => [
  ...new Set([externalId, await subjectFor(db, programId, externalId)]),
];
