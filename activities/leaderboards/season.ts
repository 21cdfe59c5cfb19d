import { prizeOf } from '../../domain/leaderboards/standings.ts';
import { type Money, parseMoneyJson, toJson } from '../../domain/money.ts';
import { must } from '../../domain/refusal.ts';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { latestPolicyVersion } from '../../engine/policies/latest.ts';
import { grantToMember } from '../../engine/rewards/grant.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { WindowRef } from './windows.ts';

type SeasonStep = WindowRef & { readonly now_ms: number };

/** Standings of a million members take seconds to write. */
const FREEZE_TIMEOUT_MS = 120_000;

/**
 * Stores a closed season's final standings, one for each ranked member, once and for good. Returns how many
 * it wrote; a repeat writes none.
 */
export async function freezeSeason(
  { db }: ActivityDeps,
  { programId, windowId, now_ms }: SeasonStep,
): Promise<{ standings: number }> {
  return await db.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT set_config('statement_timeout', ${String(FREEZE_TIMEOUT_MS)}, true)`;
      const season = await lockSeason(tx, { programId, windowId });
      if (season === null || season.closedAt === null || season.frozenAt !== null) return { standings: 0 };
      const standings = await tx.$executeRaw`
        INSERT INTO season_standings (program_id, window_id, rank, member_id, score, reached_at)
        SELECT program_id, window_id, row_number() OVER (ORDER BY score DESC, earliness DESC, member_id DESC),
          member_id, score, to_timestamp(-earliness / 1000.0)
        FROM board_scores
        WHERE program_id = ${programId}::uuid AND window_id = ${windowId}::uuid AND score > 0`;
      await tx.$executeRaw`
        UPDATE board_windows SET frozen_at = ${new Date(now_ms)}
        WHERE program_id = ${programId}::uuid AND id = ${windowId}::uuid`;
      return { standings };
    },
    { maxWait: 10_000, timeout: FREEZE_TIMEOUT_MS },
  );
}

/** How many of a season's prizes were awarded. */
export interface AwardedPrizes {
  readonly awarded: number;
  /** Prizes that the budget has no room for yet; the next run tries them again. */
  readonly unpaid: number;
}

/**
 * Awards a frozen season's prizes, each as a reward to its member, once and in a transaction of its own. The
 * reward's key is `prize:<season>:<rank>`, and the award's key is season and rank. A repeat awards what is
 * missing.
 */
export async function awardSeason(deps: ActivityDeps, step: SeasonStep): Promise<AwardedPrizes> {
  const { programId, windowId, now_ms } = step;
  const season = await deps.db.boardWindow.findUnique({
    where: { programId_id: { programId, id: windowId } },
  });
  if (season === null || season.frozenAt === null || season.awardedAt !== null) {
    return { awarded: 0, unpaid: 0 };
  }
  const prizes = season.prizes as unknown as readonly Prize[];
  const lowest = Math.max(0, ...prizes.map(({ to_rank }) => to_rank));
  const winners = await deps.db.$queryRaw<{ rank: bigint; memberId: string }[]>`
    SELECT s.rank, s.member_id::text AS "memberId" FROM season_standings s
    WHERE s.program_id = ${programId}::uuid AND s.window_id = ${windowId}::uuid AND s.rank <= ${lowest}
      AND NOT EXISTS (
        SELECT 1 FROM season_awards a
        WHERE a.program_id = s.program_id AND a.window_id = s.window_id AND a.rank = s.rank)
    ORDER BY s.rank`;
  let [awarded, unpaid] = [0, 0];
  for (const { rank, memberId } of winners) {
    const prize = prizeOf(prizes, Number(rank));
    if (prize === null) continue;
    const result = await inTransaction(deps, (tx) => awardPrize(tx, step, { rank, memberId, prize }));
    if (result === 'awarded') awarded += 1;
    if (result === 'unpaid') unpaid += 1;
  }
  if (unpaid === 0) {
    const where = { programId, id: windowId, awardedAt: null };
    await deps.db.boardWindow.updateMany({ where, data: { awardedAt: new Date(now_ms) } });
  }
  return { awarded, unpaid };
}

interface Winner {
  readonly rank: bigint;
  readonly memberId: string;
  readonly prize: Prize;
}

async function awardPrize(
  tx: Tx,
  { programId, windowId, now_ms }: SeasonStep,
  { rank, memberId, prize }: Winner,
): Promise<'awarded' | 'unpaid' | 'barred' | 'before'> {
  // Of two runs at once, the second waits here and finds the award.
  await lockSeason(tx, { programId, windowId });
  const where = { programId_windowId_rank: { programId, windowId, rank } };
  if ((await tx.seasonAward.findUnique({ where, select: { rank: true } })) !== null) return 'before';
  const amount = prize.amount === null ? null : must(parseMoneyJson(prize.amount));
  const granted = await grantToMember(tx, {
    programId,
    memberId,
    key: `prize:${windowId}:${rank}`,
    source: 'season',
    ruleId: 'season',
    policyVersion: await latestPolicy(tx, programId),
    benefit:
      amount === null
        ? { kind: prize.kind === 'perk' ? 'perk' : 'badge', label: prize.label ?? '' }
        : { kind: 'fixed', amount },
    hold_days: 0,
    expires_days: null,
    occurred_at_ms: now_ms,
    now_ms,
    trace: { season: windowId, rank: Number(rank) },
  });
  // A winner who is blocked earns nothing, and nobody waits for the end of the block.
  if (!granted.ok) return granted.code === 'member_blocked' ? 'barred' : 'unpaid';
  await writeAward(tx, { programId, windowId, now_ms }, { rank, memberId, prize }, amount);
  return 'awarded';
}

async function writeAward(
  tx: Tx,
  { programId, windowId, now_ms }: SeasonStep,
  { rank, memberId, prize: { kind, label } }: Winner,
  amount: Money | null,
): Promise<void> {
  const unit = amount?.unit ?? null;
  const amountMinor = amount?.minor ?? 0n;
  const award = { programId, windowId, rank, memberId, kind, label, unit, amountMinor };
  await tx.seasonAward.create({ data: { ...award, awardedAt: new Date(now_ms) } });
  const message: OutboxMessage = {
    key: `season.prize:${windowId}:${rank}`,
    subject: `season:${windowId}`,
    members: [memberId],
    type: 'season.prize_awarded',
    payload: {
      seasonId: windowId,
      rank: Number(rank),
      memberId,
      kind,
      label,
      amount: amount === null ? null : toJson(amount),
    },
  };
  await tell(tx, programId, [message]);
}

/** The version in force, for the record: a prize is the season's own, whatever the policy says. */
async function latestPolicy(tx: Tx, programId: string): Promise<number> {
  return (await latestPolicyVersion(tx, programId)) ?? 0;
}

async function lockSeason(tx: Tx, { programId, windowId }: WindowRef) {
  const [row] = await tx.$queryRaw<{ closedAt: Date | null; frozenAt: Date | null }[]>`
    SELECT closed_at AS "closedAt", frozen_at AS "frozenAt" FROM board_windows
    WHERE program_id = ${programId}::uuid AND id = ${windowId}::uuid AND name IS NOT NULL FOR NO KEY UPDATE`;
  return row ?? null;
}
