import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLEAN_SIGNUP, FRAUD_POLICY } from '../../tests/support/fraud.ts';
import type { FraudFacts } from './facts.ts';
import { judge } from './fraud.ts';
import { FRAUD_SIGNALS } from './fraud-signal.ts';

const count = fc.nat({ max: 30 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const email = fc.constantFrom('ann@two.example', 'bob@two.example', 'bob@one.example', 'bob@gmail.com');
const domains = fc.subarray(['one.example', 'two.example', 'gmail.com']);
const anyFacts = fc.record({
  referred_email_key: maybe(email),
  referrer_email_key: maybe(email),
  earlier_referred_domains: maybe(domains),
  email_known: maybe(fc.boolean()),
  email_disposable: maybe(fc.boolean()),
  email_kind: maybe(fc.constantFrom('free', 'vanity', 'forwarding', 'private')),
  signups_last_hour: maybe(count),
  signups_last_day: maybe(count),
  signups_last_week: maybe(count),
  same_visitor_referrals: maybe(count),
  same_ip_referrals: maybe(count),
});
const anyWeights = fc.dictionary(fc.constantFrom(...FRAUD_SIGNALS), fc.integer({ min: -50, max: 200 }));

/** The facts made worse in one way; the same facts when that way is not open to them. */
const WORSE: readonly ((facts: FraudFacts) => FraudFacts)[] = [
  // The list is not asked about a provider that is known.
  (facts) => ({
    ...facts,
    email_disposable:
      facts.email_disposable === false && facts.email_kind === 'private' ? true : facts.email_disposable,
  }),
  (facts) => ({ ...facts, email_known: facts.email_known === false ? true : facts.email_known }),
  (facts) => ({ ...facts, email_kind: facts.email_kind === 'free' ? 'private' : facts.email_kind }),
  (facts) => ({
    ...facts,
    email_kind: facts.email_kind === 'free' && !facts.email_disposable ? 'forwarding' : facts.email_kind,
  }),
  (facts) => ({
    ...facts,
    earlier_referred_domains: facts.earlier_referred_domains && [
      ...facts.earlier_referred_domains,
      'two.example',
    ],
  }),
  (facts) => ({ ...facts, signups_last_hour: facts.signups_last_hour && facts.signups_last_hour + 5 }),
  (facts) => ({ ...facts, signups_last_day: facts.signups_last_day && facts.signups_last_day + 5 }),
  (facts) => ({ ...facts, signups_last_week: facts.signups_last_week && facts.signups_last_week + 5 }),
  (facts) => ({
    ...facts,
    same_visitor_referrals: facts.same_visitor_referrals === null ? null : facts.same_visitor_referrals + 1,
  }),
  (facts) => ({
    ...facts,
    same_ip_referrals: facts.same_ip_referrals === null ? null : facts.same_ip_referrals + 1,
  }),
  // From two people at one private domain to one mailbox.
  (facts) =>
    facts.referrer_email_key === 'bob@two.example' && facts.referred_email_key === 'ann@two.example'
      ? { ...facts, referred_email_key: 'bob@two.example' }
      : facts,
];

describe('whatever the facts and weights', () => {
  test('a worse fact never lowers the score', () => {
    fc.assert(
      fc.property(anyWeights, anyFacts, fc.constantFrom(...WORSE), (weights, facts, worsen) => {
        const rules = { ...FRAUD_POLICY, weights };
        expect(judge(rules, worsen(facts)).score).toBeGreaterThanOrEqual(judge(rules, facts).score);
      }),
      { numRuns: 500 },
    );
  });

  test('a clean fact that goes missing never lowers the score', () => {
    const keys = Object.keys(CLEAN_SIGNUP).filter((key) => key in CLEAN_SIGNUP);
    fc.assert(
      fc.property(anyWeights, fc.subarray(keys), fc.constantFrom(...keys), (weights, gone, lost) => {
        const rules = { ...FRAUD_POLICY, weights };
        const without = (list: readonly string[]): FraudFacts => ({
          ...CLEAN_SIGNUP,
          ...Object.fromEntries(list.map((key) => [key, null])),
        });
        if (gone.includes('referred_email_key') || lost === 'referred_email_key') return;
        expect(judge(rules, without([...gone, lost])).score).toBeGreaterThanOrEqual(
          judge(rules, without(gone)).score,
        );
      }),
    );
    expect(judge(FRAUD_POLICY, { ...CLEAN_SIGNUP, referred_email_key: null }).score).toBeGreaterThan(
      judge(FRAUD_POLICY, CLEAN_SIGNUP).score,
    );
  });

  test('the score is the sum of the listed weights, and no detail carries an e-mail or a domain', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const answer = judge(FRAUD_POLICY, facts);
        expect(answer.score).toBe(answer.signals.reduce((sum, signal) => sum + signal.weight, 0));
        expect(JSON.stringify(answer.signals)).not.toMatch(/@|\.example|gmail/);
      }),
    );
  });
});
