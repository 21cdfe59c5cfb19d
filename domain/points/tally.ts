import type { Money } from '../money.ts';
import type { ProgramStatus } from '../programs/program.ts';
import type { FixedRate } from '../rates/convert.ts';
import type { GrantedRow } from '../rules/caps.ts';
import type { AwardSpan, CountedAction } from './achievements.ts';

/** An action that is to be counted, with its member. */
export interface MemberDeed {
  readonly eventId: string;
  readonly type: string;
  readonly occurred_at_ms: number;
  /** As it was sent. */
  readonly value: Money | null;
  /** Those that were fixed for the value. */
  readonly rates: readonly FixedRate[];
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  readonly actor: {
    readonly id: string;
    /** The member's time zone, or else the program's. */
    readonly zone: string;
    readonly signed_up_at_ms: number | null;
  };
  /**
   * The member credited with the actor's signup; null: nobody, the signup is in review or was not
   * approved, or
   * this happened before it.
   */
  readonly referrerId: string | null;
  /** At the moment of the decision. */
  readonly programStatus: ProgramStatus;
  /** The unit of the policy in force. */
  readonly unit: string;
}

/** What a member has of one achievement. */
export interface AwardTally {
  /** Awards without those that were reversed, in the order in which they were earned. */
  readonly standing: readonly AwardSpan[];
  /** How many there are in all, reversed ones with them: the next award takes the next number. */
  readonly total: number;
}

/** A member's counted actions of a type, as far as tests that reach so far may look at them. */
export interface ActionsAround {
  readonly type: string;
  readonly reach_ms: number;
  readonly actions: readonly CountedAction[];
}

/** What a rule granted for an action just now, or took back. */
export interface FreshGrant {
  readonly ruleId: string;
  readonly recipientId: string;
  readonly occurred_at_ms: number;
  /** Below zero for what it took back. */
  readonly amount_minor: bigint;
  /** 1; -1 for what it took back. */
  readonly count: number;
}

/**
 * What a member's counted actions have come to: all that counting one more of them looks at. It is read under
 * the members' locks for the actions that are to be counted, and holds what these ask for, and no more.
 */
export interface PointsTally {
  /** Events of these that were counted. */
  readonly counted: ReadonlySet<string>;
  /** A signup of the member was counted. */
  readonly hasSignup: boolean;
  /** By type: how many actions count. */
  readonly counts: ReadonlyMap<string, number>;
  /**
   * By type: how many actions happened before the first of those that are to be counted, refunded ones too.
   * Types alone whose rules ask for an event's number.
   */
  readonly earlier: ReadonlyMap<string, number>;
  /**
   * By event: how many of the referrer's referrals had qualified by its own time. Events alone whose
   * rules ask
   * for the count.
   */
  readonly qualifiedThen: ReadonlyMap<string, number>;
  /** The counted actions around those that are to be counted, net of refunds. */
  readonly around: readonly ActionsAround[];
  /** By achievement; none: the member never had it. */
  readonly awards: ReadonlyMap<string, AwardTally>;
  /** Achievements that somebody has and only one member can have. */
  readonly taken: ReadonlySet<string>;
  /** By event: what its rules with a cap had granted within their windows when the tally was read. */
  readonly granted: ReadonlyMap<string, readonly GrantedRow[]>;
  /** What they have granted since, and taken back. */
  readonly fresh: readonly FreshGrant[];
  /** The actor, and their referrer where rules grant them something. */
  readonly people: ReadonlyMap<string, { readonly qualifiedReferrals: number; readonly isBlocked: boolean }>;
}

/** A tally of nothing, for whoever reads a part of it. */
export const EMPTY_TALLY: PointsTally = {
  counted: new Set(),
  hasSignup: false,
  counts: new Map(),
  earlier: new Map(),
  qualifiedThen: new Map(),
  around: [],
  awards: new Map(),
  taken: new Set(),
  granted: new Map(),
  fresh: [],
  people: new Map(),
};
