import { toJson } from '../../domain/money.ts';
import type { BadgeChoice, ErasureReport } from '../../domain/privacy/erasure.ts';
import { balancesOf } from '../../ledger/balances.ts';
import type { Tx } from '../../prisma/client.ts';

/** What lies with others. */
const ELSEWHERE_MAX = 10;

/** What an erasure did, and what it left, as it stands at its end. */
export async function reportOf(
  tx: Tx,
  {
    programId,
    memberId,
    now_ms,
  }: { readonly programId: string; readonly memberId: string; readonly now_ms: number },
  badges: BadgeChoice,
): Promise<ErasureReport> {
  const where = { programId, memberId };
  const { counts } = await tx.erasure.findUniqueOrThrow({ where: { programId_memberId: where } });
  const held = await tx.heldPayout.findMany({ where, orderBy: { redemptionId: 'asc' } });
  const balances = await balancesOf(tx, programId, memberId, new Date(now_ms));
  const rows = counts as Record<string, number>;
  return {
    rows,
    held: held.map(({ redemptionId, until }) => ({ redemptionId, until: until.toISOString() })),
    balances: balances.map(({ unit, available_minor, owed_minor }) => ({
      available: toJson({ minor: available_minor, unit }),
      owed: toJson({ minor: owed_minor, unit }),
    })),
    badgesKept: badges === 'keep' ? await tx.badgeCredential.count({ where }) : 0,
    elsewhere: elsewhereOf(rows),
  };
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
