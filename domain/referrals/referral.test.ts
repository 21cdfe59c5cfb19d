import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enumInDatabase, expectDrawn } from '../../tests/support/stages.ts';
import { DAY_MS } from '../time.ts';
import { ARRIVAL_GRACE_MS, deadline, deadlines } from './deadlines.ts';
import {
  isEnd,
  next,
  REFERRAL_STAGES,
  REFUNDED,
  type ReferralStage,
  type ReferralStep,
  ranOutIn,
  referralDiagram,
  stepFor,
  unqualifiedStanding,
} from './referral.ts';

const STEPS = [
  'issue',
  'sign_up',
  'review',
  'act',
  'requalify',
  'unqualify',
  'refund',
  'lapse',
  'approve',
  'reject',
  'deny',
  'mature',
  'expire',
  'close',
  'cancel',
  'move',
] as const;
const ENDS: readonly ReferralStage[] = ['reversed', 'rejected', 'expired', 'closed'];
const anyStep = fc.constantFrom<ReferralStep>(...STEPS);

/** Where a signup may come: one of an invitation's time also after the wait for it. */
const UNANSWERED = [null, 'invited', 'expired'] as const;

/** Every allowed move, written down a second time so that a slip in the table shows. */
const ALLOWED: readonly (readonly [ReferralStage | null, ReferralStep, ReferralStage])[] = [
  [null, 'issue', 'invited'],
  ...UNANSWERED.map((from) => [from, 'sign_up', 'signed_up'] as const),
  ...UNANSWERED.map((from) => [from, 'review', 'in_review'] as const),
  ...UNANSWERED.map((from) => [from, 'deny', 'rejected'] as const),
  ['invited', 'expire', 'expired'],
  ['signed_up', 'act', 'qualified'],
  ['signed_up', 'expire', 'expired'],
  ['signed_up', 'refund', 'reversed'],
  ['in_review', 'approve', 'signed_up'],
  ['in_review', 'reject', 'rejected'],
  ['in_review', 'expire', 'expired'],
  ['qualified', 'act', 'qualified'],
  ['qualified', 'mature', 'rewarded'],
  ['qualified', 'requalify', 'qualified'],
  ['qualified', 'unqualify', 'signed_up'],
  ['qualified', 'refund', 'reversed'],
  ['qualified', 'close', 'closed'],
  ['rewarded', 'act', 'rewarded'],
  ['rewarded', 'mature', 'rewarded'],
  ['rewarded', 'requalify', 'qualified'],
  ['rewarded', 'unqualify', 'signed_up'],
  ['rewarded', 'refund', 'reversed'],
  ['rewarded', 'close', 'closed'],
  ...(['invited', 'signed_up', 'qualified', 'rewarded', 'reversed', 'expired', 'closed'] as const).map(
    (stage) => [stage, 'cancel', 'rejected'] as const,
  ),
  ['signed_up', 'move', 'signed_up'],
  ['reversed', 'move', 'reversed'],
  ...(['qualified', 'rewarded', 'closed'] as const).map((stage) => [stage, 'move', 'qualified'] as const),
  // An action of the time to qualify that comes late.
  ['reversed', 'act', 'qualified'],
  ['expired', 'act', 'qualified'],
  // Numbers that move leave nothing that could have qualified it, or something whose refund undid that.
  ...(['qualified', 'rewarded', 'reversed', 'closed'] as const).map(
    (stage) => [stage, 'lapse', 'expired'] as const,
  ),
  ['expired', 'refund', 'reversed'],
  // A refund of the time before that comes late.
  ['closed', 'requalify', 'qualified'],
  ['closed', 'unqualify', 'signed_up'],
  ['closed', 'refund', 'reversed'],
];

/** Where these steps lead, of which those that are refused change nothing. */
function stageAfter(steps: readonly ReferralStep[]): ReferralStage | null {
  let stage: ReferralStage | null = null;
  for (const step of steps) {
    const answer = next(stage, step);
    if (answer.ok) stage = answer.value;
  }
  return stage;
}

describe('the stages of a referral', () => {
  test.each(ALLOWED)('from %s, %s leads to %s', (stage, step, to) => {
    expect(next(stage, step)).toEqual({ ok: true, value: to });
  });

  const codeOf = (stage: ReferralStage | null): string => {
    if (stage === null) return 'not_referred';
    return ENDS.includes(stage) ? 'referral_ended' : 'stage_forbids';
  };
  const forbidden = [null, ...REFERRAL_STAGES]
    .flatMap((stage) => STEPS.map((step) => ({ stage, step })))
    .filter(({ stage, step }) => !ALLOWED.some(([from, by]) => from === stage && by === step));

  test('every move that is not listed is refused, with the code that says why', () => {
    expect(forbidden).toHaveLength(10 * STEPS.length - ALLOWED.length);
    for (const { stage, step } of forbidden) {
      expect(next(stage, step), `${stage} ${step}`).toMatchObject({ ok: false, code: codeOf(stage) });
    }
  });

  test('no sequence of steps leaves an end, but by what comes late', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        let stage: ReferralStage | null = null;
        for (const step of steps) {
          const answer = next(stage, step);
          const isLate = ALLOWED.some(([from, by]) => from === stage && by === step);
          if (stage !== null && isEnd(stage) && !isLate) {
            expect(answer).toMatchObject({ ok: false, code: 'referral_ended' });
          }
          if (answer.ok) stage = answer.value;
        }
      }),
    );
  });

  test('a living referral always ends by one expire or close: no deadline is without effect', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        const stage = stageAfter(steps);
        if (stage === null || isEnd(stage)) return;
        const outs = [next(stage, 'expire'), next(stage, 'close')].filter((answer) => answer.ok);
        expect(outs).toHaveLength(1);
        expect(outs.every((answer) => answer.ok && isEnd(answer.value))).toBe(true);
      }),
    );
  });

  test('a referral that nothing qualifies any more ends as one that nothing ever qualified', () => {
    expect(
      [true, false].flatMap((isRefunded) =>
        [true, false].map((isOver) => unqualifiedStanding(isRefunded, isOver)),
      ),
    ).toEqual([
      { stage: 'reversed', reason: REFUNDED },
      { stage: 'signed_up', reason: REFUNDED },
      { stage: 'expired', reason: ranOutIn('signed_up') },
      { stage: 'signed_up', reason: null },
    ]);
  });

  test('the ends are the four that the documentation names', () => {
    expect(REFERRAL_STAGES.filter(isEnd)).toEqual(ENDS);
  });

  test('the database knows the same stages in the same order', () => {
    expect(enumInDatabase('ReferralStage')).toEqual([...REFERRAL_STAGES]);
  });

  test('the diagram draws every allowed move and the way out of every end, and nothing else', () => {
    const moves = ALLOWED.map(([from, step, to]) => [from ?? '[*]', step, to] as const);
    expectDrawn(referralDiagram(), { beginnings: [], moves, ends: ENDS });
  });
});

describe('the step that an event asks for', () => {
  test.each([
    ['signup', 'sign_up'],
    ['refund', 'refund'],
    ['invitation.issued', 'issue'],
    ['review.approved', 'approve'],
    ['review.rejected', 'reject'],
    ['purchase', 'act'],
    ['act', 'act'],
    ['constructor', 'act'],
    ['redemption.requested', null],
    ['review.other', null],
  ])('%s asks for %s', (eventType, step) => {
    expect(stepFor(eventType)).toBe(step);
  });
});

describe('deadlines', () => {
  const policy = { invitation_days: 14, refund_days: 30, qualification: { within_days: 90 } };
  const start = Date.UTC(2026, 0, 1);

  test('each stage waits as long as the policy says, counted from the event that began it', () => {
    const times = {
      issued_at_ms: start,
      signed_up_at_ms: start + DAY_MS,
      qualified_at_ms: start + 2 * DAY_MS,
      started_at_ms: start,
    };
    expect(deadlines(policy, times)).toEqual({
      invited: start + 14 * DAY_MS,
      signed_up: start + 91 * DAY_MS,
      in_review: start + 91 * DAY_MS,
      qualified: start + 32 * DAY_MS,
      rewarded: start + 32 * DAY_MS,
      reversed: null,
      rejected: null,
      expired: null,
      closed: null,
    });
  });

  test('imported history is given a day to arrive before anything falls due', () => {
    const long_ago = Date.UTC(1997, 0, 1);
    const times = {
      issued_at_ms: long_ago,
      signed_up_at_ms: long_ago,
      qualified_at_ms: long_ago,
      started_at_ms: start,
    };
    const due = Object.values(deadlines(policy, times)).filter((at) => at !== null);
    expect(new Set(due)).toEqual(new Set([start + ARRIVAL_GRACE_MS]));
  });

  test('one stage can be asked about with no more than the time it counts from', () => {
    const times = { qualified_at_ms: start, started_at_ms: start };
    expect(deadline(policy, 'qualified', times)).toBe(start + 30 * DAY_MS);
    expect(deadline(policy, 'signed_up', times)).toBeNull();
    expect(deadline(policy, 'closed', times)).toBeNull();
  });

  test('a stage whose beginning is not known has no deadline', () => {
    const times = { issued_at_ms: null, signed_up_at_ms: null, qualified_at_ms: null, started_at_ms: start };
    expect(Object.values(deadlines(policy, times)).every((at) => at === null)).toBe(true);
  });

  test('no deadline is ever earlier than the grace, nor than the policy allows', () => {
    const at = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(at, at, at, at, (issued_at_ms, signed_up_at_ms, qualified_at_ms, started_at_ms) => {
        const due = deadlines(policy, { issued_at_ms, signed_up_at_ms, qualified_at_ms, started_at_ms });
        const grace = started_at_ms + ARRIVAL_GRACE_MS;
        expect(due.invited).toBeGreaterThanOrEqual(Math.max(grace, issued_at_ms + 14 * DAY_MS));
        expect(due.signed_up).toBeGreaterThanOrEqual(Math.max(grace, signed_up_at_ms + 90 * DAY_MS));
        expect(due.rewarded).toBeGreaterThanOrEqual(Math.max(grace, qualified_at_ms + 30 * DAY_MS));
      }),
    );
  });
});
