import type { z } from 'zod';
import { levelAt, nextLevel } from '../../domain/points/levels.ts';
import type { Level, PointsPolicy } from '../../domain/points/policy.ts';
import type { PointSource } from '../../engine/points/move.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { balancesOf } from '../../ledger/balances.ts';
import type { Database } from '../../prisma/client.ts';
import type { PointPosting } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { iso, isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import type { pointPostingAnswer, pointsAnswer } from './answers.ts';

/** The points of the policy in force; `not_found` where it has none. */
export async function pointsInForce(
  db: Parameters<typeof policyInForce>[0],
  programId: string,
): Promise<{ readonly version: number; readonly points: PointsPolicy }> {
  const current = await policyInForce(db, programId);
  if (current?.policy.points === undefined) throw notFound('section of points in the policy');
  return { version: current.version, points: current.policy.points };
}

export const levelView = ({ id, name, from }: Level) => ({ id, name, from });

/** What a member has of a policy's points, and where that puts them. */
export async function readPoints(
  db: Database,
  programId: string,
  memberId: string,
  points: PointsPolicy,
): Promise<z.infer<typeof pointsAnswer>> {
  const { unit, levels } = points;
  const now = new Date();
  const [balances, total, expiry] = await Promise.all([
    balancesOf(db, programId, memberId, now),
    db.memberPoints.findUnique({ where: { programId_memberId_unit: { programId, memberId, unit } } }),
    nextExpiry(db, { programId, memberId, unit, now }),
  ]);
  const balance = balances.find((it) => it.unit === unit);
  const lifetime_minor = total?.lifetimeMinor ?? 0n;
  const level = levelAt(levels, lifetime_minor);
  const next = nextLevel(levels, lifetime_minor);
  return {
    memberId,
    unit,
    available: moneyJsonOf(balance?.available_minor ?? 0n, unit),
    reserved: moneyJsonOf(balance?.reserved_minor ?? 0n, unit),
    owed: moneyJsonOf(balance?.owed_minor ?? 0n, unit),
    lifetime: moneyJsonOf(lifetime_minor, unit),
    level: level === null ? null : levelView(level),
    next:
      next === null
        ? null
        : { ...levelView(next), missing: moneyJsonOf(BigInt(next.from) - lifetime_minor, unit) },
    nextExpiry: expiry,
  };
}

interface Holder {
  readonly programId: string;
  readonly memberId: string;
  readonly unit: string;
  readonly now: Date;
}

/** When points expire next, and how many then. */
async function nextExpiry(db: Database, { programId, memberId, unit, now }: Holder) {
  const [row] = await db.$queryRaw<{ expiresAt: Date; left_minor: bigint }[]>`
    SELECT l.expires_at AS "expiresAt", sum(l.remaining_minor)::bigint AS left_minor
    FROM ledger_accounts a JOIN ledger_lots l ON l.account_id = a.id
    WHERE a.program_id = ${programId}::uuid AND a.member_id = ${memberId}::uuid
      AND a.unit = ${unit} AND a.kind = 'available'
      AND l.open AND l.expires_at > ${now}::timestamptz
    GROUP BY l.expires_at ORDER BY l.expires_at LIMIT 1`;
  return row === undefined ? null : { at: iso(row.expiresAt), amount: moneyJsonOf(row.left_minor, unit) };
}

export const pointPostingView = (row: PointPosting): z.infer<typeof pointPostingAnswer> => ({
  id: row.id,
  memberId: row.memberId,
  source: row.source as PointSource,
  eventId: row.eventId,
  ruleId: row.ruleId,
  policyVersion: row.policyVersion,
  amount: moneyJsonOf(row.amountMinor, row.unit),
  reversed: moneyJsonOf(row.reversedMinor, row.unit),
  occurredAt: iso(row.occurredAt),
  expiresAt: isoOrNull(row.expiresAt),
  createdAt: iso(row.createdAt),
});
