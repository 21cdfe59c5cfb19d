import type { z } from 'zod';
import { levelAt, nextLevel } from '../../domain/points/levels.ts';
import type { Level, PointsPolicy } from '../../domain/points/policy.ts';
import { balancesOfAll } from '../../ledger/balances.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { decodeAmount, encodeAmount, type Page, type PageRequest, pageOf } from '../trpc/cursor.ts';
import { moneyJsonOf } from '../trpc/views.ts';
import type { pointsListedAnswer } from './answers.ts';
import { levelView } from './read.ts';

/** Whose points are listed, and by which policy. */
interface Asked {
  readonly programId: string;
  readonly points: PointsPolicy;
}

interface Row {
  readonly id: string;
  readonly externalId: string;
  readonly lifetime_minor: bigint;
}

/** A page of members by their lifetime points, the most first: two statements, however many there are. */
export async function listPoints(
  db: Database,
  { programId, points: { unit, levels } }: Asked,
  { level, ...page }: PageRequest & { readonly level?: string | undefined },
): Promise<Page<z.infer<typeof pointsListedAnswer>>> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT m.id::text, m.external_id AS "externalId", p.lifetime_minor
    FROM member_points p JOIN members m ON m.program_id = p.program_id AND m.id = p.member_id
    WHERE p.program_id = ${programId}::uuid AND p.unit = ${unit} AND m.merged_into IS NULL
      AND ${isOnLevel(levels, level)} AND ${isAfter(page.cursor)}
    ORDER BY p.lifetime_minor DESC, p.member_id DESC LIMIT ${page.limit + 1}`;
  const balances = await balancesOfAll(
    db,
    programId,
    rows.map(({ id }) => id),
  );
  const cursorOf = ({ lifetime_minor: minor, id }: Row) => encodeAmount({ minor, id });
  return pageOf(rows, page.limit, cursorOf, ({ id, externalId, lifetime_minor }) => {
    const balance = balances.get(id)?.find((it) => it.unit === unit);
    const own = levelAt(levels, lifetime_minor);
    return {
      memberId: id,
      externalId,
      available: moneyJsonOf(balance?.available_minor ?? 0n, unit),
      reserved: moneyJsonOf(balance?.reserved_minor ?? 0n, unit),
      owed: moneyJsonOf(balance?.owed_minor ?? 0n, unit),
      lifetime: moneyJsonOf(lifetime_minor, unit),
      level: own === null ? null : levelView(own),
    };
  });
}

/** SQL over the points `p`: they reach this level, and none above. Throws `not_found` for an unknown one. */
function isOnLevel(levels: readonly Level[], id: string | undefined): Prisma.Sql {
  if (id === undefined) return Prisma.sql`true`;
  const level = levels.find((it) => it.id === id);
  if (level === undefined) throw notFound('level in the policy');
  const next = nextLevel(levels, BigInt(level.from));
  const isBelow = next === null ? Prisma.sql`true` : Prisma.sql`p.lifetime_minor < ${next.from}::bigint`;
  return Prisma.sql`p.lifetime_minor >= ${level.from}::bigint AND ${isBelow}`;
}

/** SQL over the points `p`: they come after the cursor. */
function isAfter(cursor: string | null | undefined): Prisma.Sql {
  if (cursor == null) return Prisma.sql`true`;
  const { minor, id } = decodeAmount(cursor);
  return Prisma.sql`(p.lifetime_minor, p.member_id) < (${minor}::bigint, ${id}::uuid)`;
}
