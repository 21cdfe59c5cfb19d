import type { FraudFacts } from '../../domain/referrals/facts.ts';
import type { FraudPolicy } from '../../domain/referrals/policy.ts';

export const FRAUD_POLICY: FraudPolicy = {
  review_at: 30,
  deny_at: 60,
  weights: {
    same_email: 100,
    email_known: 35,
    same_domain: 30,
    earlier_referred_domain: 20,
    disposable_email: 40,
    email_forwarded: 3,
    email_vanity: 3,
    velocity_hour: 25,
    velocity_day: 25,
    velocity_week: 25,
    same_visitor: 50,
    same_ip: 20,
    fact_missing: 5,
  },
  signups_per_hour_max: 2,
  signups_per_day_max: 5,
  signups_per_week_max: 15,
};
export const CLEAN_SIGNUP: FraudFacts = {
  referred_email_key: 'bob@one.example',
  referrer_email_key: 'ann@two.example',
  email_known: false,
  earlier_referred_domains: [],
  email_disposable: false,
  email_kind: 'private',
  signups_last_hour: 1,
  signups_last_day: 1,
  signups_last_week: 1,
  same_visitor_referrals: 0,
  same_ip_referrals: 0,
};
