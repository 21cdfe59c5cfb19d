import { describe, expect, test } from 'vitest';
import { CLEAN_SIGNUP, FRAUD_POLICY } from '../../tests/support/fraud.ts';
import { builtinPolicy } from '../policies/builtin.ts';
import type { FraudFacts } from './facts.ts';
import { judge, REPEATS_MAX } from './fraud.ts';

const names = (change: Partial<FraudFacts>) =>
  judge(FRAUD_POLICY, { ...CLEAN_SIGNUP, ...change }).signals.map((signal) => signal.name);

describe('what is held against a signup', () => {
  test('nothing, when every fact is known and clean', () => {
    expect(judge(FRAUD_POLICY, CLEAN_SIGNUP)).toEqual({ verdict: 'allow', score: 0, signals: [] });
  });

  const gmail = {
    referred_email_key: 'bob@gmail.com',
    referrer_email_key: 'ann@gmail.com',
    email_kind: 'free',
  } as const;
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
    ['the mailbox of another member', { email_known: true }, ['email_known']],
    ['the mailbox of another member at a free provider', { ...gmail, email_known: true }, ['email_known']],
    [
      'the mailbox of another member, who is the referrer',
      { referred_email_key: 'ann@two.example', email_known: true },
      ['same_email'],
    ],
    [
      'the referrer’s domain, where strangers share it',
      { referred_email_key: 'bob@two.example', email_kind: 'forwarding' },
      ['email_forwarded'],
    ],
    ['an address that hides another', { email_kind: 'forwarding' }, ['email_forwarded']],
    ['a fanciful domain', { email_kind: 'vanity' }, ['email_vanity']],
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
    const rules = {
      ...FRAUD_POLICY,
      weights: { same_email: 10, same_domain: 15, earlier_referred_domain: 40 },
    };
    const facts = {
      ...CLEAN_SIGNUP,
      referred_email_key: 'ann@two.example',
      earlier_referred_domains: ['two.example'],
    };
    expect(judge(rules, facts)).toMatchObject({ score: 40, signals: [{ name: 'earlier_referred_domain' }] });
  });

  test('a policy of before a rung existed does not count it, and lists it beside the one that counts', () => {
    const { email_known: _, ...weights } = FRAUD_POLICY.weights;
    const known = { ...CLEAN_SIGNUP, email_known: true };
    expect(judge({ ...FRAUD_POLICY, weights }, known)).toMatchObject({
      verdict: 'allow',
      score: 0,
      signals: [{ name: 'email_known', weight: 0 }],
    });
    const colleague = { ...known, referred_email_key: 'bob@two.example' };
    expect(judge({ ...FRAUD_POLICY, weights }, colleague)).toMatchObject({
      score: 30,
      signals: [
        { name: 'email_known', weight: 0 },
        { name: 'same_domain', weight: 30 },
      ],
    });
  });

  test('a shared browser or address counts for each earlier referral, up to the cap', () => {
    const score = (count: number) => judge(FRAUD_POLICY, { ...CLEAN_SIGNUP, same_ip_referrals: count }).score;
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
      email_known: null,
    };
    expect(names({ ...nothing, email_kind: null })).toEqual(['fact_missing']);
  });

  test('each missing fact that a rule needed counts', () => {
    const gone: FraudFacts = {
      ...CLEAN_SIGNUP,
      referrer_email_key: null,
      email_known: null,
      earlier_referred_domains: null,
      email_disposable: null,
      email_kind: null,
      signups_last_hour: null,
      signups_last_day: null,
      signups_last_week: null,
      same_visitor_referrals: null,
      same_ip_referrals: null,
    };
    expect(judge(FRAUD_POLICY, gone).signals.map((signal) => signal.name)).toEqual(
      Array(10).fill('fact_missing'),
    );
    expect(judge(FRAUD_POLICY, gone).score).toBe(50);
  });

  test('a provider that is not known to be free is not excused', () => {
    expect(names({ referred_email_key: 'bob@two.example', email_kind: null })).toEqual([
      'same_domain',
      'fact_missing',
    ]);
  });

  test('a free provider needs no earlier domains', () => {
    expect(names({ email_kind: 'free', earlier_referred_domains: null })).toEqual([]);
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
    const rules = { ...FRAUD_POLICY, weights: { disposable_email: weight } };
    expect(judge(rules, { ...CLEAN_SIGNUP, email_disposable: true })).toMatchObject({
      verdict,
      score: weight,
    });
  });

  test('a signal without a weight is listed and counts nothing', () => {
    const answer = judge({ ...FRAUD_POLICY, weights: {} }, { ...CLEAN_SIGNUP, email_disposable: true });
    expect(answer).toMatchObject({
      verdict: 'allow',
      score: 0,
      signals: [{ name: 'disposable_email', weight: 0 }],
    });
  });
});

describe('under the built-in policy', () => {
  const { fraud } = builtinPolicy();
  const verdict = (change: Partial<FraudFacts>) => judge(fraud, { ...CLEAN_SIGNUP, ...change }).verdict;

  test('a known mailbox alone is reviewed, and denied with one more sign of one person', () => {
    expect(verdict({ email_known: true })).toBe('review');
    expect(verdict({ email_known: true, same_visitor_referrals: 1 })).toBe('deny');
    expect(verdict({ email_known: true, same_ip_referrals: 1 })).toBe('deny');
    expect(verdict({ email_known: true, email_disposable: true })).toBe('deny');
  });

  test.each(['forwarding', 'vanity'] as const)('a %s address never decides', (email_kind) => {
    const lacking = { same_visitor_referrals: null, same_ip_referrals: null, referrer_email_key: null };
    expect(verdict({ email_kind })).toBe('allow');
    expect(verdict({ ...lacking, email_kind: 'free' })).toBe('allow');
    expect(verdict({ ...lacking, email_kind })).toBe('allow');
  });
});
