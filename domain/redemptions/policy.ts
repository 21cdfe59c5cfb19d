import type { Money } from '../money.ts';
import type { CatalogueKind } from './methods.ts';

/** Up to `max` no operator is needed, for one kind of redemption, or for all of a unit (`kind` null). */
export interface AutoMax {
  readonly kind: CatalogueKind | null;
  readonly max: Money;
}

/** What makes an operator look at a redemption whatever its amount; null: does not matter. */
export interface RiskRules {
  /** The highest fraud score among the member's referrals, from here on. */
  readonly fraud_score_at: number | null;
  /** An account younger than this, in days. */
  readonly account_days_min: number | null;
  /** The most that one member may redeem within 24 hours, one amount a unit. */
  readonly day_max: readonly Money[];
}

/** An optional part of a policy's redemption. */
export interface ApprovalPolicy {
  readonly auto_max: readonly AutoMax[];
  readonly risk: RiskRules;
}

/** What a policy says about redeeming. */
export interface RedemptionPolicy {
  readonly min: Money;
  /** Up to here a redemption needs no operator. */
  readonly auto_approve_max: Money;
  readonly approval_days: number;
  readonly methods: readonly string[];
  /** When an operator is asked besides; left out: by `auto_approve_max` alone. */
  readonly approval?: ApprovalPolicy;
}
