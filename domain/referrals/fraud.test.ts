import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FraudFacts } from './facts.ts';
import { FRAUD_SIGNALS, judge, REPEATS_MAX } from './fraud.ts';
import type { FraudPolicy } from './policy.ts';

const policy: FraudPolicy = {
  review_at: 30,
  deny_at: 60,
  weights: {
    same_email: 100,
    same_domain: 30,
    earlier_referred_domain: 20,
    disposable_email: 40,
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
const clean: FraudFacts = {
  referred_email_key: 'bob@one.example',
  referrer_email_key: 'ann@two.example',
  earlier_referred_domains: [],
  email_disposable: false,
  domain_is_free_provider: false,
  signups_last_hour: 1,
  signups_last_day: 1,
  signups_last_week: 1,
  same_visitor_referrals: 0,
  same_ip_referrals: 0,
};
const names = (change: Partial<FraudFacts>) =>
  judge(policy, { ...clean, ...change }).signals.map((signal) => signal.name);

describe('what is held against a signup', () => {
  test('nothing, when every fact is known and clean', () => {
    expect(judge(policy, clean)).toEqual({ verdict: 'allow', score: 0, signals: [] });
  });

  const gmail = {
    referred_email_key: 'bob@gmail.com',
    referrer_email_key: 'ann@gmail.com',
    domain_is_free_provider: true,
  };
  test.each<[string, Partial<FraudFacts>, readonly string[]]>([
    ['the same mailbox', { referred_email_key: 'ann@two.example' }, ['same_email']],
    [
      'the same mailbox at a free provider',
      { ...gmail, referred_email_key: 'ann@gmail.com' },
      ['same_email'],
    ],
    ['the same private domain', { referred_email_key: 'bob@two.example' }, ['same_domain']],
    ['the same free provider', { ...gmail, earlier_referred_domains: ['gmail.com'] }, []],
    [
      'the domain of an earlier referral',
      { earlier_referred_domains: ['x.example', 'one.example'] },
      ['earlier_referred_domain'],
    ],
    [
      'every rung at once',
      { referred_email_key: 'ann@two.example', earlier_referred_domains: ['two.example'] },
      ['same_email'],
    ],
    ['a disposable e-mail', { email_disposable: true }, ['disposable_email']],
    ['signups at the limits', { signups_last_hour: 2, signups_last_day: 5, signups_last_week: 15 }, []],
    [
      'signups above the limits',
      { signups_last_hour: 3, signups_last_day: 6, signups_last_week: 16 },
      ['velocity_hour', 'velocity_day', 'velocity_week'],
    ],
    ['a shared browser', { same_visitor_referrals: 1 }, ['same_visitor']],
    ['a shared address', { same_ip_referrals: 2 }, ['same_ip']],
  ])('%s', (_name, change, expected) => {
    expect(names(change)).toEqual(expected);
  });

  test('of several rungs the heaviest counts, whatever order the weights have', () => {
    const rules = { ...policy, weights: { same_email: 10, same_domain: 15, earlier_referred_domain: 40 } };
    const facts = {
      ...clean,
      referred_email_key: 'ann@two.example',
      earlier_referred_domains: ['two.example'],
    };
    expect(judge(rules, facts)).toMatchObject({ score: 40, signals: [{ name: 'earlier_referred_domain' }] });
  });

  test('a shared browser or address counts for each earlier referral, up to the cap', () => {
    const score = (count: number) => judge(policy, { ...clean, same_ip_referrals: count }).score;
    expect([0, 1, 2, 4, 5, 1000].map(score)).toEqual([0, 20, 40, 80, 80, 80]);
    expect(REPEATS_MAX).toBe(4);
  });
});

describe('facts that are missing', () => {
  test('an absent e-mail is one missing fact, not one for each rule about it', () => {
    const nothing = {
      referred_email_key: null,
      referrer_email_key: null,
      earlier_referred_domains: null,
      email_disposable: null,
    };
    expect(names({ ...nothing, domain_is_free_provider: null })).toEqual(['fact_missing']);
  });

  test('each missing fact that a rule needed counts', () => {
    const gone: FraudFacts = {
      ...clean,
      referrer_email_key: null,
      earlier_referred_domains: null,
      email_disposable: null,
      domain_is_free_provider: null,
      signups_last_hour: null,
      signups_last_day: null,
      signups_last_week: null,
      same_visitor_referrals: null,
      same_ip_referrals: null,
    };
    expect(judge(policy, gone).signals.map((signal) => signal.name)).toEqual(Array(9).fill('fact_missing'));
    expect(judge(policy, gone).score).toBe(45);
  });

  test('a provider that is not known to be free is not excused', () => {
    expect(names({ referred_email_key: 'bob@two.example', domain_is_free_provider: null })).toEqual([
      'same_domain',
      'fact_missing',
    ]);
  });

  test('a free provider needs no earlier domains', () => {
    expect(names({ domain_is_free_provider: true, earlier_referred_domains: null })).toEqual([]);
  });
});

describe('the verdict', () => {
  test.each([
    [29, 'allow'],
    [30, 'review'],
    [59, 'review'],
    [60, 'deny'],
    [1000, 'deny'],
  ])('a score of %i is %s', (weight, verdict) => {
    const rules = { ...policy, weights: { disposable_email: weight } };
    expect(judge(rules, { ...clean, email_disposable: true })).toMatchObject({ verdict, score: weight });
  });

  test('a signal without a weight is listed and counts nothing', () => {
    const answer = judge({ ...policy, weights: {} }, { ...clean, email_disposable: true });
    expect(answer).toMatchObject({
      verdict: 'allow',
      score: 0,
      signals: [{ name: 'disposable_email', weight: 0 }],
    });
  });
});

const count = fc.nat({ max: 30 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const email = fc.constantFrom('ann@two.example', 'bob@two.example', 'bob@one.example', 'bob@gmail.com');
const domains = fc.subarray(['one.example', 'two.example', 'gmail.com']);
const anyFacts = fc.record({
  referred_email_key: maybe(email),
  referrer_email_key: maybe(email),
  earlier_referred_domains: maybe(domains),
  email_disposable: maybe(fc.boolean()),
  domain_is_free_provider: maybe(fc.boolean()),
  signups_last_hour: maybe(count),
  signups_last_day: maybe(count),
  signups_last_week: maybe(count),
  same_visitor_referrals: maybe(count),
  same_ip_referrals: maybe(count),
});
const anyWeights = fc.dictionary(fc.constantFrom(...FRAUD_SIGNALS), fc.integer({ min: -50, max: 200 }));

/** The facts made worse in one way; the same facts when that way is not open to them. */
const WORSE: readonly ((facts: FraudFacts) => FraudFacts)[] = [
  (facts) => ({
    ...facts,
    email_disposable: facts.email_disposable === false ? true : facts.email_disposable,
  }),
  (facts) => ({
    ...facts,
    domain_is_free_provider: facts.domain_is_free_provider === true ? false : facts.domain_is_free_provider,
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
        const rules = { ...policy, weights };
        expect(judge(rules, worsen(facts)).score).toBeGreaterThanOrEqual(judge(rules, facts).score);
      }),
      { numRuns: 500 },
    );
  });

  test('a clean fact that goes missing never lowers the score', () => {
    const keys = Object.keys(clean).filter((key) => key in clean);
    fc.assert(
      fc.property(anyWeights, fc.subarray(keys), fc.constantFrom(...keys), (weights, gone, lost) => {
        const rules = { ...policy, weights };
        const without = (list: readonly string[]): FraudFacts => ({
          ...clean,
          ...Object.fromEntries(list.map((key) => [key, null])),
        });
        if (gone.includes('referred_email_key') || lost === 'referred_email_key') return;
        expect(judge(rules, without([...gone, lost])).score).toBeGreaterThanOrEqual(
          judge(rules, without(gone)).score,
        );
      }),
    );
    expect(judge(policy, { ...clean, referred_email_key: null }).score).toBeGreaterThan(
      judge(policy, clean).score,
    );
  });

  test('the score is the sum of the listed weights, and no detail carries an e-mail or a domain', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const answer = judge(policy, facts);
        expect(answer.score).toBe(answer.signals.reduce((sum, signal) => sum + signal.weight, 0));
        expect(JSON.stringify(answer.signals)).not.toMatch(/@|\.example|gmail/);
      }),
    );
  });
});
