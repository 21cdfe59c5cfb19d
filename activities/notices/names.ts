import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';

interface Named {
  readonly params: object;
}

/**
 * Adds the names that a notice tells and its message has only the id of: a season's. They are the program's own words, and
 * what a member was told is not to change with them.
 */
export async function withNames<T extends Named>(
  tx: Tx,
  programId: string,
  notices: readonly T[],
): Promise<T[]> {
  const seasons = notices.flatMap(({ params }) => idIn(params, 'seasonId'));
  if (seasons.length === 0) return [...notices];
  const rows = await tx.boardWindow.findMany({
    where: { programId, id: { in: seasons } },
    select: { id: true, name: true },
  });
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return notices.map((notice) => {
    const [id] = idIn(notice.params, 'seasonId');
    if (id === undefined) return notice;
    return { ...notice, params: { ...notice.params, season: names.get(id) ?? '' } };
  });
}

function idIn(params: object, name: string): string[] {
  const value: unknown = Object.entries(params).find(([key]) => key === name)?.[1];
  return typeof value === 'string' && UUID_PATTERN.test(value) ? [value] : [];
}
