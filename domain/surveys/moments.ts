import { DAY_MS, HOUR_MS } from '../time.ts';
import type { SurveyRule } from './policy.ts';

/**
 * A moment that is older than this is over. Nobody is asked about last year's reward because a survey was
 * published today, or after a long outage.
 */
export const FRESH_MS = 30 * DAY_MS;

/** What a member’s moments follow from; times in milliseconds since 1970. */
export interface MomentFacts {
  /** When the member signed up, or was first stored. */
  readonly joined_at_ms: number;
  /** The member’s own last activity. */
  readonly active_at_ms: number;
  readonly first_reward_at_ms: number | null;
  /** Redemptions that were settled. */
  readonly redeemed: readonly { readonly id: string; readonly at_ms: number }[];
  readonly has_referred: boolean;
  readonly was_referred: boolean;
}

/** A survey at a moment: `survey:<member>:<survey>:<occasion>` is its key. */
export interface Occasion {
  readonly survey: SurveyRule;
  readonly occasion: string;
  /** When it is asked, if no cap delays it. */
  readonly at_ms: number;
}

/** A survey that the member has, or had. */
export interface KnownSurvey {
  readonly survey_id: string;
  readonly occasion: string;
  /** When it was or will be asked; null: it was cancelled before anybody was asked. */
  readonly asked_at_ms: number | null;
}

export interface SurveyPlan {
  /** Surveys to make now, each with the time at which it is asked. */
  readonly due: readonly (Occasion & { readonly ask_at_ms: number })[];
  /** The next moment to come; null: none. */
  readonly next_at_ms: number | null;
}

/**
 * The moments of one survey in a member’s life, past and to come; none when the member is not of its
 * audience.
 */
export function occasionsOf(survey: SurveyRule, facts: MomentFacts): Occasion[] {
  if (survey.audience === 'referrers' && !facts.has_referred) return [];
  if (survey.audience === 'referred' && !facts.was_referred) return [];
  const delay_ms = (survey.delay_hours ?? 0) * HOUR_MS;
  const at = (occasion: string, at_ms: number): Occasion => ({ survey, occasion, at_ms: at_ms + delay_ms });
  const { moment } = survey;
  switch (moment.on) {
    case 'first_reward':
      return facts.first_reward_at_ms === null ? [] : [at('first_reward', facts.first_reward_at_ms)];
    case 'days_after_signup':
      return [at('signup', facts.joined_at_ms + moment.days * DAY_MS)];
    case 'redemption':
      return facts.redeemed.map(({ id, at_ms }) => at(`redemption-${id}`, at_ms));
    case 'lapse':
      // The last activity identifies the silence, so a member who returns and goes silent is asked again.
      return [at(`lapse-${facts.active_at_ms}`, facts.active_at_ms + moment.days * DAY_MS)];
  }
}

/**
 * What is to be asked of a member now. A survey whose cap forbids it now is asked when the cap allows, unless
 * its moment is over by then. Whatever the order in which moments come, of two surveys the later is never
 * asked sooner than its cap after the other.
 */
export function planSurveys(
  surveys: readonly SurveyRule[],
  facts: MomentFacts,
  known: readonly KnownSurvey[],
  now_ms: number,
): SurveyPlan {
  const had = new Set(known.map(({ survey_id, occasion }) => `${survey_id}:${occasion}`));
  const occasions = surveys
    .flatMap((survey) => occasionsOf(survey, facts))
    .filter(({ survey, occasion }) => !had.has(`${survey.id}:${occasion}`))
    .sort((a, b) => a.at_ms - b.at_ms);
  let last_ms = Math.max(...known.map(({ asked_at_ms }) => asked_at_ms ?? Number.NEGATIVE_INFINITY));
  const due: (Occasion & { ask_at_ms: number })[] = [];
  for (const occasion of occasions) {
    if (occasion.at_ms > now_ms) continue;
    const ask_at_ms = Math.max(now_ms, allowedFrom(last_ms, occasion.survey.cap_days));
    if (ask_at_ms > occasion.at_ms + FRESH_MS) continue;
    due.push({ ...occasion, ask_at_ms });
    last_ms = Math.max(last_ms, ask_at_ms);
  }
  const coming = occasions.find(({ at_ms }) => at_ms > now_ms);
  return { due, next_at_ms: coming?.at_ms ?? null };
}

/** Returns the earliest time for the next question after the last one. */
export const allowedFrom = (last_ms: number, cap_days: number): number => last_ms + cap_days * DAY_MS;
