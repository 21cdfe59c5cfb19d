import { toJson } from '../../domain/money.ts';
import type { BadgeChoice, ErasureReport } from '../../domain/privacy/erasure.ts';
import { balancesOf } from '../../ledger/balances.ts';
import type { Tx } from '../../prisma/client.ts';
import { accountIds } from '../members/find.ts';
import type { ErasureRef } from './steps/step.ts';

/** What lies with others. */
const ELSEWHERE_MAX = 10;

/**
 * What an erasure did, and what it left, as it stands at its end: of the member, and of every account that
 * was merged into them, whose own reports nobody can ask for.
 */
export async function reportOf(
  tx: Tx,
  { programId, memberId, eventId, now_ms }: Omit<ErasureRef, 'badges'>,
  badges: BadgeChoice,
): Promise<ErasureReport> {
  const where = { programId, memberId: { in: await accountIds(tx, programId, memberId) } };
  const erasures = await tx.erasure.findMany({ where: { ...where, eventId }, select: { counts: true } });
  const held = await tx.heldPayout.findMany({ where, orderBy: { redemptionId: 'asc' } });
  const rows = sumOf(erasures.map(({ counts }) => counts as Record<string, number>));
  return {
    rows,
    held: held.map(({ redemptionId, until }) => ({ redemptionId, until: until.toISOString() })),
    balances: await balancesLeft(tx, programId, where.memberId.in, new Date(now_ms)),
    badgesKept: badges === 'keep' ? await tx.badgeCredential.count({ where }) : 0,
    elsewhere: elsewhereOf(rows),
  };
}

function sumOf(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [table, rows] of counts.flatMap((each) => Object.entries(each))) {
    sums[table] = (sums[table] ?? 0) + rows;
  }
  return sums;
}

/** By unit, over all accounts: what had expired before a merge stayed with the account that it was of. */
async function balancesLeft(tx: Tx, programId: string, accounts: readonly string[], now: Date) {
  const sums = new Map<string, { available_minor: bigint; owed_minor: bigint }>();
  for (const account of accounts) {
    for (const { unit, available_minor, owed_minor } of await balancesOf(tx, programId, account, now)) {
      const sum = sums.get(unit) ?? { available_minor: 0n, owed_minor: 0n };
      sums.set(unit, {
        available_minor: sum.available_minor + available_minor,
        owed_minor: sum.owed_minor + owed_minor,
      });
    }
  }
  return [...sums].map(([unit, { available_minor, owed_minor }]) => ({
    available: toJson({ minor: available_minor, unit }),
    owed: toJson({ minor: owed_minor, unit }),
  }));
}

/** The systems outside that still have something of the member, by what was here of them. */
const elsewhereOf = (rows: Readonly<Record<string, number>>): string[] =>
  Object.entries(ELSEWHERE)
    .filter(([table]) => (rows[table] ?? 0) > 0)
    .map(([, what]) => what)
    .slice(0, ELSEWHERE_MAX);

const ELSEWHERE: Readonly<Record<string, string>> = {
  billing_promotions: 'the promotion code of the member at Stripe',
  billing_customers: 'the customer at the billing system',
  redemptions: 'payments at the provider that paid them',
  notice_emails: 'e-mails that were sent',
};
