import type { Milestone } from '../../domain/milestones/policy.ts';
import type { NoticeChannels, NoticePolicy } from '../../domain/notices/policy.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { SurveyRule } from '../../domain/surveys/policy.ts';

const UNIT = 'USD';
export const POINTS_UNIT = 'PTS';
export const SURVEY = 'nps';

/** A point for each dollar, 20 for a review; none expire, as those of 1997 would be found expired today. */
export const POINTS: PointsPolicy = {
  unit: POINTS_UNIT,
  budget: null,
  rules: [
    {
      id: 'spend',
      event: 'purchase',
      recipient: 'actor',
      award: { kind: 'per_value', points: 1, per: { minor: 100n, unit: UNIT }, rounding: 'down' },
      condition: null,
      cap: null,
      expires_days: null,
    },
    {
      id: 'review',
      event: 'review',
      recipient: 'actor',
      award: { kind: 'fixed', points: 20 },
      condition: 'has(event.properties.stars)',
      cap: { points: null, count: 5, period_days: 365 },
      expires_days: null,
    },
  ],
  levels: [
    { id: 'listener', name: 'Listener', from: 50 },
    { id: 'collector', name: 'Collector', from: 250 },
    { id: 'curator', name: 'Curator', from: 1_000 },
  ],
  achievements: [
    {
      id: 'fifth-purchase',
      name: 'Five purchases',
      test: { kind: 'nth', event: 'purchase', count: 5 },
      benefit: { kind: 'credit', amount: { minor: 200n, unit: UNIT } },
      repeatable: false,
    },
    {
      id: 'three-weeks',
      name: 'Three weeks in a row',
      test: { kind: 'streak', event: 'purchase', by: 'week', length: 3 },
      benefit: { kind: 'perk', label: 'Free shipping' },
      repeatable: false,
    },
    {
      id: 'pioneer',
      name: 'The first review of all',
      test: { kind: 'first', event: 'review', within: 'program' },
      benefit: { kind: 'badge', label: 'Pioneer' },
      repeatable: false,
    },
  ],
};

/**
 * Rewards for the number of friends, whoever they are: a member keeps them when a friend returns a purchase.
 */
export const MILESTONES: readonly Milestone[] = [
  {
    id: 'circle',
    name: 'Circle of friends',
    recipient: 'referrer',
    measure: 'qualified_referrals',
    thresholds: [
      { at: 3, benefit: { kind: 'perk', label: 'Early access to sales' } },
      { at: 5, benefit: { kind: 'fixed', amount: { minor: 300n, unit: UNIT } } },
      { at: 10, benefit: { kind: 'badge', label: 'Patron' } },
    ],
    repeat: 'once',
    hold_days: 0,
    expires_days: null,
    reversible: false,
  },
];

/**
 * Asks members who have redeemed something. A survey after the first reward would reach hardly
 * anybody: nearly all first rewards are of 1997, and the engine drops moments that are so long past.
 */
export const SURVEYS: readonly SurveyRule[] = [
  {
    id: SURVEY,
    moment: { on: 'redemption' },
    remind_after_days: 7,
    lapse_after_days: 30,
    cap_days: 90,
  },
];

const INBOX: NoticeChannels = { inbox: true, email: false };
const BOTH: NoticeChannels = { inbox: true, email: true };

/**
 * No quiet hours, and a cap that nobody reaches in this replay, so that every e-mail exists when the summary
 * counts them.
 */
export const NOTICES: NoticePolicy = {
  quiet_hours: null,
  email_per_day_max: 50,
  kinds: {
    'referral.qualified': INBOX,
    'reward.granted': INBOX,
    'reward.reversed': INBOX,
    'level.reached': INBOX,
    'achievement.earned': INBOX,
    'badge.issued': INBOX,
    'milestone.reached': BOTH,
    'season.prize_awarded': BOTH,
    'redemption.settled': BOTH,
    'redemption.refused': BOTH,
    'redemption.released': BOTH,
    'survey.asked': BOTH,
    'survey.reminded': BOTH,
    'improvement.made': BOTH,
  },
  templates: {
    'level.reached': {
      en: { subject: 'You are a {level} now', text: 'Your points have made you a {level} of {program}.' },
    },
  },
};
