import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enumInDatabase, expectDrawn } from '../../tests/support/stages.ts';
import {
  approvalFor,
  checkRedemption,
  isRedemptionEnd,
  nextRedemption,
  REDEMPTION_STATUSES,
  type RedemptionStatus,
  type RedemptionStep,
  redemptionDiagram,
} from './redemption.ts';

const STEPS = [
  'reserve',
  'refuse',
  'await_approval',
  'approve',
  'reject',
  'pay',
  'settle',
  'release',
  'escalate',
  'cancel',
] as const;
const ENDS: readonly RedemptionStatus[] = ['refused', 'settled', 'released'];

const ALLOWED: readonly (readonly [RedemptionStatus, RedemptionStep, RedemptionStatus])[] = [
  ['requested', 'reserve', 'reserved'],
  ['requested', 'refuse', 'refused'],
  ['reserved', 'await_approval', 'awaiting_approval'],
  ['reserved', 'pay', 'paying'],
  ['awaiting_approval', 'approve', 'paying'],
  ['awaiting_approval', 'reject', 'released'],
  ['awaiting_approval', 'cancel', 'released'],
  ['awaiting_approval', 'release', 'released'],
  ['paying', 'settle', 'settled'],
  ['paying', 'release', 'released'],
  ['paying', 'escalate', 'needs_operator'],
  ['needs_operator', 'settle', 'settled'],
  ['needs_operator', 'release', 'released'],
];

describe('the stages of a redemption', () => {
  test.each(ALLOWED)('from %s, %s leads to %s', (status, step, to) => {
    expect(nextRedemption(status, step)).toEqual({ ok: true, value: to });
  });

  test('every move that is not listed is refused, with the code that says why', () => {
    for (const status of REDEMPTION_STATUSES) {
      for (const step of STEPS) {
        if (ALLOWED.some(([from, by]) => from === status && by === step)) continue;
        const code = ENDS.includes(status) ? 'redemption_ended' : 'stage_forbids';
        expect(nextRedemption(status, step), `${status} ${step}`).toMatchObject({ ok: false, code });
      }
    }
  });

  test('a redemption settles or releases at most once, and only after it reserved', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<RedemptionStep>(...STEPS), { maxLength: 40 }), (steps) => {
        let status: RedemptionStatus = 'requested';
        const taken: RedemptionStep[] = [];
        for (const step of steps) {
          const answer = nextRedemption(status, step);
          if (!answer.ok) continue;
          expect(isRedemptionEnd(status)).toBe(false);
          status = answer.value;
          taken.push(step);
        }
        const finals = taken.filter((step) => ['settle', 'release', 'reject', 'cancel'].includes(step));
        expect(finals.length).toBeLessThanOrEqual(1);
        if (finals.length === 1) expect(taken[0]).toBe('reserve');
      }),
    );
  });

  test('the database knows the same stages', () => {
    expect(enumInDatabase('RedemptionStatus').sort()).toEqual([...REDEMPTION_STATUSES].sort());
  });

  test('the diagram draws every allowed move and the way out of every end, and nothing else', () => {
    expectDrawn(redemptionDiagram(), { beginnings: ['requested'], moves: ALLOWED, ends: ENDS });
  });
});

describe('what a policy lets through', () => {
  const usd = (minor: bigint) => ({ minor, unit: 'USD' });
  const policy = {
    min: usd(1000n),
    auto_approve_max: usd(10_000n),
    approval_days: 7,
    methods: ['gift_card', 'bank'],
  };

  test.each([
    ['the minimum', usd(1000n), 'bank', 'ok'],
    ['a minor unit below the minimum', usd(999n), 'bank', 'below_minimum'],
    ['nothing', usd(0n), 'bank', 'amount_zero'],
    ['less than nothing', usd(-5000n), 'bank', 'amount_negative'],
    ['another unit, however much', { minor: 1_000_000n, unit: 'EUR' }, 'bank', 'unit_mismatch'],
    ['a method that the program does not have', usd(1000n), 'cash', 'method_unknown'],
  ])('%s', (_name, amount, method, expected) => {
    const answer = checkRedemption(policy, { amount, method });
    expect(answer.ok ? 'ok' : answer.code).toBe(expected);
  });

  test('a minimum of zero still redeems nothing for nothing', () => {
    expect(checkRedemption({ ...policy, min: usd(0n) }, { amount: usd(0n), method: 'bank' })).toMatchObject({
      code: 'amount_zero',
    });
  });

  test('an operator approves from the first minor unit above the limit, and whenever units differ', () => {
    expect(approvalFor(policy, usd(10_000n))).toBe('auto');
    expect(approvalFor(policy, usd(10_001n))).toBe('operator');
    expect(approvalFor(policy, { minor: 1n, unit: 'EUR' })).toBe('operator');
  });
});
