import type { Posting } from '../../domain/ledger/posting.ts';
import { grantPosting } from '../../domain/ledger/postings.ts';
import { type Money, toJson } from '../../domain/money.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { RewardDecision, RewardGranted, RewardRefused } from '../../domain/rewards/rewards.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { RewardOutcome } from '../../engine/events/outcome.ts';
import { tellExhausted } from '../../engine/programs/budget-alert.ts';
import { grantKey, noBudget, postAffordable } from '../../engine/rewards/budget.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** A row of `rewards` to be written. */
export interface NewReward {
  readonly id: string;
  readonly key: string;
  readonly memberId: string;
  readonly eventId: string;
  readonly ruleId: string;
  readonly policyVersion: number;
  readonly kind: 'credit' | 'badge' | 'perk';
  readonly label: string | null;
  readonly unit: string | null;
  readonly amountMinor: bigint;
  readonly reversedMinor: bigint;
  readonly status: 'held' | 'available' | 'reversed';
  readonly grantedAt: string;
  readonly maturesAt: string;
  readonly expiresAt: string | null;
  readonly trace: unknown;
}

/** A row of a reward that is granted now. */
type GrantedRow = NewReward & { readonly status: 'held' | 'available' };

export interface GrantedRewards {
  readonly rows: readonly NewReward[];
  readonly outcomes: readonly RewardOutcome[];
  readonly messages: readonly OutboxMessage[];
}

/** On whose behalf and by which rules something is granted. */
export interface Grantor {
  readonly ref: ReferralEventRef;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly occurred_at_ms: number;
}

/**
 * Posts what the rules decided to grant. A grant for which the budget has no room becomes a refusal, and the others stand.
 * The rows and messages are for the caller to write in the same transaction.
 */
export async function grantRewards(
  tx: Tx,
  grantor: Grantor,
  decisions: readonly RewardDecision[],
): Promise<GrantedRewards> {
  const { ref } = grantor;
  const granted = decisions
    .filter((decision) => decision.granted)
    .map((decision) => ({ decision, row: rowOf(grantor, decision) }));
  const afforded = await postAffordable(
    tx,
    ref.programId,
    granted.flatMap(({ decision, row }) => postingOf(row, decision.amount)),
  );
  const rows = granted
    .map(({ row }) => row)
    .filter(({ id, unit }) => unit === null || afforded.has(grantKey(id)));
  const outcomes = decisions.map((decision) => {
    if (!decision.granted) return refusedOutcome(decision);
    const row = rows.find(({ key }) => key === keyOf(grantor, decision));
    return row === undefined ? outOfBudget(decision) : grantedOutcome(decision, row);
  });
  for (const unit of unaffordable(granted, rows)) await tellExhausted(tx, ref.programId, unit, ref.now_ms);
  return { rows, outcomes, messages: rows.map((row) => messageOf(ref, row)) };
}

/** The units of grants for which the budget had no room. */
function unaffordable(
  granted: readonly { readonly row: NewReward }[],
  afforded: readonly NewReward[],
): ReadonlySet<string> {
  const refused = granted.filter(({ row }) => row.unit !== null && !afforded.includes(row));
  return new Set(refused.map(({ row }) => row.unit ?? ''));
}

function refusedOutcome({ ruleId, recipient, code, message, trace }: RewardRefused): RewardOutcome {
  return { ruleId, recipient, granted: false, code, message, trace };
}

function outOfBudget({ ruleId, recipient, trace }: RewardGranted): RewardOutcome {
  const { code, message } = noBudget;
  return { ruleId, recipient, granted: false, code, message, trace };
}

/** Badges and perks have no posting. */
function postingOf(row: NewReward, amount: Money | null): Posting[] {
  if (amount === null) return [];
  return [
    grantPosting({
      key: grantKey(row.id),
      unit: amount.unit,
      amount_minor: amount.minor,
      memberId: row.memberId,
      held: row.status === 'held',
      occurred_at_ms: Date.parse(row.grantedAt),
      lot_expires_at_ms: row.expiresAt === null ? null : Date.parse(row.expiresAt),
    }),
  ];
}

/** A rule that pays per event has the event in its key; all others pay once per referral. */
function keyOf({ ref, policy }: Grantor, decision: RewardGranted): string {
  const once = `reward:${ref.referralId}:${decision.ruleId}:${decision.recipient}`;
  const rule = policy.rules.find(({ id }) => id === decision.ruleId);
  return rule?.trigger.on === 'nth_event' ? `${once}:${ref.eventId}` : once;
}

function rowOf(grantor: Grantor, decision: RewardGranted): GrantedRow {
  const { ref, policyVersion, occurred_at_ms } = grantor;
  const key = keyOf(grantor, decision);
  return {
    id: nameId(ref.programId, key),
    key,
    memberId: decision.recipientId,
    eventId: ref.eventId,
    ruleId: decision.ruleId,
    policyVersion,
    kind: decision.kind,
    label: decision.label,
    unit: decision.amount?.unit ?? null,
    amountMinor: decision.amount?.minor ?? 0n,
    reversedMinor: 0n,
    status: decision.matures_at_ms <= ref.now_ms ? 'available' : 'held',
    grantedAt: new Date(occurred_at_ms).toISOString(),
    maturesAt: new Date(decision.matures_at_ms).toISOString(),
    expiresAt: decision.expires_at_ms === null ? null : new Date(decision.expires_at_ms).toISOString(),
    trace: decision.trace,
  };
}

function grantedOutcome(decision: RewardGranted, row: NewReward): RewardOutcome {
  const amount = decision.amount === null ? null : toJson(decision.amount);
  return { ruleId: row.ruleId, recipient: decision.recipient, granted: true, rewardId: row.id, amount };
}

function messageOf(ref: ReferralEventRef, row: GrantedRow): OutboxMessage {
  const { id: rewardId, memberId, ruleId, kind, label, unit, amountMinor, status, maturesAt } = row;
  return {
    key: `reward.granted:${rewardId}`,
    subject: `referral:${ref.referralId}`,
    members: [memberId],
    type: 'reward.granted',
    payload: {
      rewardId,
      referralId: ref.referralId,
      memberId,
      source: 'referral',
      ruleId,
      kind,
      label,
      amount: unit === null ? null : toJson({ minor: amountMinor, unit }),
      status,
      maturesAt,
    },
  };
}
