import type { RefusalCode } from '../../domain/refusal.ts';

/** The names of all sentences, so that a language that lacks one does not compile. */
export const SENTENCE_NAMES = [
  'reward.granted',
  'reward.granted_by_hand',
  'reward.granted_again',
  'reward.thing',
  'reward.held',
  'reward.held_of_gift',
  'reward.held_by_hand',
  'reward.taken_by_hand',
  'reward.reversed',
  'reward.available',
  'reward.expires',
  'saw.event',
  'saw.count',
  'step',
  'referral.began',
  'referral.nobody',
  'referral.signed_up',
  'referral.verdict',
  'referral.signals',
  'referral.not_qualified',
  'referral.qualified',
  'referral.qualified_before',
  'referral.stage',
  'referral.corrected',
  'referral.due',
  'event.arrived',
  'event.unreadable',
  'event.commanded',
  'event.reason',
  'event.converted',
  'event.of_reward',
  'event.accepted',
  'event.refused',
  'event.granted',
  'event.granted_nothing',
  'event.thing',
  'event.points',
  'event.no_points',
  'event.achievement',
  'event.achievement_moved',
  'event.earned_nothing',
  'event.pending',
  'event.anew',
  'event.ended',
  'event.waiting',
  'event.parked',
  'event.unmatched',
  'refund.whole',
  'refund.part',
  'refund.earlier',
  'refund.earlier_again',
  'refund.reinstates',
  'refund.restored',
  'refund.of_nothing',
  'refund.withdrawn',
  'refund.taken',
  'refund.successor',
  'numbers.not_qualifying',
  'numbers.qualified',
  'numbers.unqualified',
  'numbers.points_taken',
  'numbers.points_granted',
  'numbers.points_refused',
  'recount.points_taken',
  'recount.points_granted',
  'recount.points_refused',
  'count.left',
  'count.rewards_moved',
  'count.asked',
  'count.actions_asked',
  'count.qualified',
  'count.unqualified',
  'points.rule',
  'points.achievement',
  'points.redated',
  'points.reversal',
  'points.restored',
  'points.given_by_hand',
  'points.taken_by_hand',
  'points.taken_back',
  'points.renumbered',
  'points.by_number',
  'points.lost_number',
  'points.recounted',
  'points.by_recount',
  'points.lost_recount',
  'points.expires',
  'milestone.gone',
  'milestone.counts',
  'milestone.due',
  'milestone.not_now',
  'milestone.next',
  'milestone.no_next',
  'award.reached',
  'award.waits',
  'award.granted',
  'award.given_up',
  'award.taken_back',
  'standing.none',
  'standing.place',
  'standing.first',
  'standing.behind',
  'standing.later',
  'standing.tied',
  'standing.reversed',
  'standing.early',
  'count.referrals',
  'count.points',
  'count.with_referrals',
  'count.with_points',
  'count.with_amount',
] as const;

export type SentenceName = (typeof SENTENCE_NAMES)[number];

/** What codes are called, by the kind of code; one that is not there is its own words. */
export interface Codes {
  readonly stages: ReadonlyMap<string, string>;
  readonly steps: ReadonlyMap<string, string>;
  readonly signals: ReadonlyMap<string, string>;
  readonly measures: ReadonlyMap<string, string>;
  readonly statuses: ReadonlyMap<string, string>;
  readonly reasons: ReadonlyMap<string, string>;
  readonly refusals: ReadonlyMap<string, string>;
}

/** A language that explanations are given in. */
export interface SpokenLanguage {
  /** How amounts, days and plurals are written. */
  readonly locale: string;
  /** An amount of points, as an ICU message. */
  readonly points: string;
  /** ICU messages by their names. */
  readonly sentences: Readonly<Record<SentenceName, string>>;
  readonly codes: Codes;
  /**
   * What refusals on record say beyond their code, by the form of the English; `$1` is the first thing that
   * it names.
   */
  readonly details: readonly RefusalDetail[];
}

/** A refusal on record that says more than its code, in another language. */
export interface RefusalDetail {
  readonly code: RefusalCode;
  readonly onRecord: RegExp;
  readonly says: string;
}
