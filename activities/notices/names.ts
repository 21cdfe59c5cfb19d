import type { Policy } from '../../domain/policies/policy.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';

interface Named {
  readonly params: object;
}

/** Something that a policy names. */
interface Entry {
  readonly id: string;
  readonly name: string;
}

/** The sections whose entries members are told of. */
interface NamingPolicy extends Pick<Policy, 'unit'> {
  readonly milestones?: readonly Entry[] | undefined;
  readonly points?: { readonly levels: readonly Entry[] } | undefined;
}

/**
 * Adds the names that a notice shows and its message holds only as ids: a season's, an improvement's, a
 * milestone's, a level's. Uses the program's own words as they are now, so that what a member was told does
 * not change with them later.
 */
export async function withNames<T extends Named>(
  db: Database,
  programId: string,
  policy: NamingPolicy,
  notices: readonly T[],
): Promise<T[]> {
  const seasons = await readNames(uuidsIn(notices, 'seasonId'), (ids) =>
    db.boardWindow.findMany({ where: { programId, id: { in: ids } }, select: { id: true, name: true } }),
  );
  const improvements = await readNames(uuidsIn(notices, 'improvementId'), async (ids) => {
    const where = { programId, id: { in: ids } };
    const rows = await db.improvement.findMany({ where, select: { id: true, title: true } });
    return rows.map(({ id, title }) => ({ id, name: title }));
  });
  const milestones = namesOf(policy.milestones);
  const levels = namesOf(policy.points?.levels);
  return notices.map((notice) => {
    const { params } = notice;
    const names = {
      ...nameFor(params, 'seasonId', 'season', seasons, ''),
      ...nameFor(params, 'improvementId', 'improvement', improvements, ''),
      ...nameFor(params, 'milestoneId', 'milestone', milestones),
      ...nameFor(params, 'levelId', 'level', levels),
    };
    return { ...notice, params: { ...params, ...names } };
  });
}

const namesOf = (entries: readonly Entry[] | undefined) =>
  new Map((entries ?? []).map(({ id, name }) => [id, name]));

/** Names by id, of which `read` is asked only where there are ids. */
async function readNames(
  ids: string[],
  read: (ids: string[]) => Promise<readonly { readonly id: string; readonly name: string | null }[]>,
): Promise<ReadonlyMap<string, string>> {
  const rows = ids.length === 0 ? [] : await read(ids);
  return new Map(rows.map(({ id, name }) => [id, name ?? '']));
}

const uuidsIn = (notices: readonly Named[], name: string): string[] =>
  notices.map(({ params }) => idIn(params, name) ?? '').filter((id) => UUID_PATTERN.test(id));

/**
 * Returns the param `as` with the name of the thing that `from` identifies. Without a name, returns the
 * fallback or the value that is already there.
 */
function nameFor(
  params: object,
  from: string,
  as: string,
  names: ReadonlyMap<string, string>,
  fallback?: string,
): Readonly<Record<string, string>> {
  const id = idIn(params, from);
  if (id === undefined) return {};
  const name = names.get(id) ?? fallback;
  return name === undefined ? {} : { [as]: name };
}

function idIn(params: object, name: string): string | undefined {
  const value: unknown = Object.entries(params).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : undefined;
}
