import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtinPolicy } from '../policies/builtin.ts';
import { checkPolicy } from '../policies/check.ts';
import { type ApprovalFacts, judgeApproval } from './approval.ts';
import { checkApproval } from './check.ts';
import type { ApprovalPolicy } from './policy.ts';

const usd = (minor: bigint) => ({ minor, unit: 'USD' });
const pts = (minor: bigint) => ({ minor, unit: 'PTS' });

const base = { min: usd(100n), auto_approve_max: usd(1_000n), approval_days: 7, methods: ['manual'] };
const approval: ApprovalPolicy = {
  auto_max: [
    { kind: null, max: pts(5_000n) },
    { kind: 'cash_out', max: usd(300n) },
  ],
  risk: { fraud_score_at: 40, account_days_min: 30, day_max: [usd(2_000n)] },
};
const calm: ApprovalFacts = {
  kind: null,
  amount: usd(1_000n),
  fraud_score: 0,
  account_days: 365,
  day_minor: 1_000n,
};
const who = (change: Partial<ApprovalFacts>) => judgeApproval({ ...base, approval }, { ...calm, ...change });

describe('who approves', () => {
  test.each<[string, Partial<ApprovalFacts>, string | null]>([
    ['nothing to worry about', {}, null],
    ['a minor unit more than the policy’s limit', { amount: usd(1_001n) }, 'amount'],
    ['a cash-out above the limit of its kind', { kind: 'cash_out', amount: usd(301n) }, 'amount'],
    ['a cash-out up to that', { kind: 'cash_out', amount: usd(300n) }, null],
    ['points up to the limit of their unit', { amount: pts(5_000n), day_minor: 5_000n }, null],
    ['points above it', { amount: pts(5_001n), day_minor: 5_001n }, 'amount'],
    ['a unit that no limit is in', { amount: { minor: 1n, unit: 'PTS_X' } }, 'amount'],
    ['referrals with signals of fraud', { fraud_score: 40 }, 'fraud_score'],
    ['fewer signals than that', { fraud_score: 39 }, null],
    ['an account of yesterday', { account_days: 29 }, 'account_days'],
    ['much within a day', { day_minor: 2_001n }, 'day_sum'],
  ])('%s', (_what, change, asked) => {
    const { who: answer, steps } = who(change);
    expect(answer).toBe(asked === null ? 'auto' : 'operator');
    expect(steps.filter(({ passed }) => !passed).map(({ step }) => step)).toEqual(
      asked === null ? [] : [asked],
    );
  });

  test('without approval rules the amount alone decides, and the trace says so', () => {
    const facts = { ...calm, fraud_score: 1_000, account_days: 0, day_minor: 10n ** 12n };
    expect(judgeApproval(base, facts)).toEqual({
      who: 'auto',
      steps: [{ step: 'amount', passed: true, result: '1000' }],
    });
  });

  test('more risk or a larger amount never takes the operator out again', () => {
    const minor = fc.bigInt({ min: 1n, max: 3_000n });
    const score = fc.integer({ min: 0, max: 80 });
    fc.assert(
      fc.property(minor, minor, score, score, (amount, more, fraud_score, worse) => {
        const facts = { ...calm, amount: usd(amount), day_minor: amount, fraud_score };
        const riskier = {
          ...facts,
          amount: usd(amount + more),
          day_minor: amount + more,
          fraud_score: fraud_score + worse,
        };
        const policy = { ...base, approval };
        if (judgeApproval(policy, facts).who === 'operator') {
          expect(judgeApproval(policy, riskier).who).toBe('operator');
        }
      }),
    );
  });

  test('an operator is asked exactly when some check did not pass', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 3_000n }),
        fc.nat(80),
        fc.nat(60),
        (minor, fraud_score, account_days) => {
          const { who: answer, steps } = who({
            amount: usd(minor),
            day_minor: minor,
            fraud_score,
            account_days,
          });
          expect(answer === 'auto').toBe(steps.every(({ passed }) => passed));
        },
      ),
    );
  });
});

describe('approval rules that are a policy', () => {
  test('are none, or these', () => {
    expect(checkApproval('a', undefined, 'USD')).toEqual([]);
    expect(checkApproval('a', approval, 'USD')).toEqual([]);
    const policy = builtinPolicy('USD');
    expect(checkPolicy({ ...policy, redemption: { ...policy.redemption, approval } }).ok).toBe(true);
  });

  test.each<[string, Partial<ApprovalPolicy>, Partial<ApprovalPolicy['risk']>, string]>([
    [
      'another currency',
      { auto_max: [{ kind: null, max: { minor: 1n, unit: 'EUR' } }] },
      {},
      'a.auto_max[0]',
    ],
    ['less than nothing', { auto_max: [{ kind: null, max: usd(-1n) }] }, {}, 'a.auto_max[0]'],
    [
      'a kind twice',
      {
        auto_max: [
          { kind: 'item', max: usd(1n) },
          { kind: 'item', max: usd(2n) },
        ],
      },
      {},
      'a.auto_max',
    ],
    ['a score of nothing', {}, { fraud_score_at: 0 }, 'a.risk.fraud_score_at'],
    ['half a day', {}, { account_days_min: 0.5 }, 'a.risk.account_days_min'],
    ['two sums of one unit', {}, { day_max: [usd(1n), usd(2n)] }, 'a.risk.day_max'],
  ])('are not %s', (_what, change, risk, at) => {
    const wrong = { ...approval, ...change, risk: { ...approval.risk, ...risk } };
    expect(checkApproval('a', wrong, 'USD').map((problem) => problem.at)).toEqual([at]);
  });
});
