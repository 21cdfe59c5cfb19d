import type { Posting } from '../../domain/ledger/posting.ts';
import { grantPosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import type { RewardDecision, RewardGranted, RewardRefused } from '../../domain/rewards/rewards.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { RewardOutcome } from '../../engine/events/outcome.ts';
import { tellExhausted } from '../../engine/programs/budget-alert.ts';
import { grantKey, noBudget, postAffordable } from '../../engine/rewards/budget.ts';
import { noteRefused } from '../../engine/rewards/refused.ts';
import { noteFailures } from '../../engine/rules/failures.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Grantor, grantedMessage, type NewReward, rewardKey, rewardRow } from './reward-row.ts';
import { withholdTakenBack } from './withheld.ts';

export interface GrantedRewards {
  readonly rows: readonly NewReward[];
  readonly outcomes: readonly RewardOutcome[];
  readonly messages: readonly OutboxMessage[];
}

export const NOTHING_GRANTED: GrantedRewards = { rows: [], outcomes: [], messages: [] };

/** All that was granted, one after another. */
export const joinGranted = (all: readonly GrantedRewards[]): GrantedRewards => ({
  rows: all.flatMap(({ rows }) => rows),
  outcomes: all.flatMap(({ outcomes }) => outcomes),
  messages: all.flatMap(({ messages }) => messages),
});

/**
 * Posts what the rules decided to grant. A grant that does not fit the budget becomes a refusal, and the
 * others stand. Returns rows and messages, which the caller writes in the same transaction.
 */
export async function grantRewards(
  tx: Tx,
  grantor: Grantor,
  wanted: readonly RewardDecision[],
): Promise<GrantedRewards> {
  const { ref, policyVersion } = grantor;
  const isFirst = grantor.anewBy === undefined && grantor.movedBy === undefined;
  const decisions = isFirst ? wanted : await withholdTakenBack(tx, grantor, wanted);
  noteFailures(tx, { ...ref, policyVersion }, 'rules', decisions);
  const granted = decisions
    .filter((decision) => decision.granted)
    .map((decision) => ({ decision, row: rewardRow(grantor, decision) }));
  const afforded = await postAffordable(
    tx,
    ref.programId,
    granted.flatMap(({ row }) => postingOf(row)),
  );
  const rows = granted
    .map(({ row }) => row)
    .filter(({ id, unit }) => unit === null || afforded.has(grantKey(id)));
  const outcomes = decisions.map((decision) => {
    if (!decision.granted) return refusedOutcome(decision);
    const row = rows.find(({ key }) => key === rewardKey(grantor, decision));
    return row === undefined ? outOfBudget(decision) : grantedOutcome(decision, row);
  });
  const refused = granted.map(({ row }) => row).filter((row) => row.unit !== null && !rows.includes(row));
  noteRefused(tx, ref, refused.flatMap(refusedRow(grantor)));
  for (const unit of unitsOf(refused)) await tellExhausted(tx, ref.programId, unit, ref.now_ms);
  return { rows, outcomes, messages: rows.map((row) => grantedMessage(ref, row)) };
}

const unitsOf = (refused: readonly NewReward[]): ReadonlySet<string> =>
  new Set(refused.flatMap(({ unit }) => unit ?? []));

/** The record of a grant for which the budget had no room. */
const refusedRow =
  ({ ref: { referralId }, policyVersion }: Grantor) =>
  ({ unit, key, memberId, eventId, ruleId, amountMinor, grantedAt: occurredAt, trace }: NewReward) =>
    unit === null
      ? []
      : [
          {
            key,
            referralId,
            memberId,
            eventId,
            rewardId: null,
            ruleId,
            policyVersion,
            unit,
            amountMinor,
            occurredAt,
            trace,
          },
        ];

function refusedOutcome({ ruleId, recipient, code, message, trace }: RewardRefused): RewardOutcome {
  return { ruleId, recipient, granted: false, code, message, trace };
}

function outOfBudget({ ruleId, recipient, trace }: RewardGranted): RewardOutcome {
  const { code, message } = noBudget;
  return { ruleId, recipient, granted: false, code, message, trace };
}

/** What posts a new reward. Badges and perks have no posting. */
export function postingOf(row: NewReward): Posting[] {
  if (row.unit === null) return [];
  return [
    grantPosting({
      key: grantKey(row.id),
      unit: row.unit,
      amount_minor: row.amountMinor,
      memberId: row.memberId,
      held: row.status === 'held',
      occurred_at_ms: Date.parse(row.grantedAt),
      lot_expires_at_ms: row.expiresAt === null ? null : Date.parse(row.expiresAt),
    }),
  ];
}

function grantedOutcome(decision: RewardGranted, row: NewReward): RewardOutcome {
  const amount = decision.amount === null ? null : toJson(decision.amount);
  return { ruleId: row.ruleId, recipient: decision.recipient, granted: true, rewardId: row.id, amount };
}
