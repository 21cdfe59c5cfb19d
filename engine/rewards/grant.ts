import { grantPosting } from '../../domain/ledger/postings.ts';
import { blockedRefusal } from '../../domain/members/block.ts';
import { type Money, toJson } from '../../domain/money.ts';
import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { DAY_MS } from '../../domain/time.ts';
import { post } from '../../ledger/post.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma, RewardSource } from '../../prisma/generated/client.ts';
import { aboutMember, type OutboxMessage, tell } from '../events/outbox.ts';
import { isBlocked } from '../members/blocked.ts';
import { whoStays } from '../members/find.ts';
import { tellExhausted } from '../programs/budget-alert.ts';
import { grantKey, noBudget } from './budget.ts';

/** Something a member earned that no single referral grants. */
export interface MemberGrant {
  readonly programId: string;
  readonly memberId: string;
  /** Once per program: a repeat gives what the first granted. */
  readonly key: string;
  readonly source: Exclude<RewardSource, 'referral'>;
  readonly ruleId: string;
  readonly policyVersion: number;
  readonly benefit:
    | { readonly kind: 'fixed'; readonly amount: Money }
    | { readonly kind: 'badge' | 'perk'; readonly label: string };
  readonly hold_days: number;
  /** Days from maturity to expiry; null: never. */
  readonly expires_days: number | null;
  readonly occurred_at_ms: number;
  readonly now_ms: number;
  /** Rule, facts and steps that led to it. */
  readonly trace: Prisma.InputJsonObject;
}

export interface MemberGranted {
  readonly rewardId: string;
  /** Null for a badge or a perk. */
  readonly amount: Money | null;
}

/**
 * Grants a reward to a member: the posting within the budget, the row and the message of it, once by `key`.
 * Refuses with `member_blocked`, and with `budget_exhausted`, where only that the budget is used up is told.
 * Who awards by a count locks the member first, so that the count holds.
 */
export async function grantToMember(tx: Tx, grant: MemberGrant): Promise<Result<MemberGranted>> {
  const { programId, key, benefit } = grant;
  const rewardId = nameId(programId, key);
  const where = { programId_id: { programId, id: rewardId } };
  const first = await tx.reward.findUnique({ where, select: { unit: true, amountMinor: true } });
  if (first !== null) {
    const amount = first.unit === null ? null : { minor: first.amountMinor, unit: first.unit };
    return ok({ rewardId, amount });
  }
  const memberId = await whoStays(tx, programId, grant.memberId);
  if (await isBlocked(tx, programId, memberId)) return blockedRefusal;
  const row = rowOf({ ...grant, memberId }, rewardId);
  const amount = benefit.kind === 'fixed' ? benefit.amount : null;
  if (amount !== null) {
    const posting = grantPosting({
      key: grantKey(rewardId),
      unit: amount.unit,
      amount_minor: amount.minor,
      memberId,
      held: row.status === 'held',
      occurred_at_ms: grant.occurred_at_ms,
      lot_expires_at_ms: row.expiresAt?.getTime() ?? null,
    });
    const result = await post(tx, programId, [posting]);
    if (!result.ok && result.code === 'floor_reached') {
      await tellExhausted(tx, programId, amount.unit, grant.now_ms);
      return refuse(noBudget.code, noBudget.message);
    }
    if (!result.ok) throw new Error(`the grant ${key} was refused: ${result.code}`);
  }
  // Whoever granted it at the same moment has posted under the same key, and written this very row.
  await tx.reward.createMany({ data: [row], skipDuplicates: true });
  await tell(tx, programId, [messageOf(row)]);
  return ok({ rewardId, amount });
}

function rowOf(grant: MemberGrant, id: string) {
  const { programId, memberId, key, source, ruleId, policyVersion, benefit, occurred_at_ms, trace } = grant;
  const matures_at_ms = occurred_at_ms + grant.hold_days * DAY_MS;
  const { expires_days } = grant;
  return {
    programId,
    id,
    key,
    source,
    memberId,
    ruleId,
    policyVersion,
    kind: benefit.kind === 'fixed' ? ('credit' as const) : benefit.kind,
    label: benefit.kind === 'fixed' ? null : benefit.label,
    unit: benefit.kind === 'fixed' ? benefit.amount.unit : null,
    amountMinor: benefit.kind === 'fixed' ? benefit.amount.minor : 0n,
    status: matures_at_ms <= grant.now_ms ? ('available' as const) : ('held' as const),
    grantedAt: new Date(occurred_at_ms),
    maturesAt: new Date(matures_at_ms),
    expiresAt: expires_days === null ? null : new Date(matures_at_ms + expires_days * DAY_MS),
    trace,
  };
}

function messageOf(row: ReturnType<typeof rowOf>): OutboxMessage {
  const { id: rewardId, memberId, source, ruleId, kind, label, unit, amountMinor, status, maturesAt } = row;
  return {
    key: `reward.granted:${rewardId}`,
    ...aboutMember(memberId),
    type: 'reward.granted',
    payload: {
      rewardId,
      referralId: null,
      memberId,
      source,
      ruleId,
      kind,
      label,
      amount: unit === null ? null : toJson({ minor: amountMinor, unit }),
      status,
      maturesAt: maturesAt.toISOString(),
    },
  };
}
