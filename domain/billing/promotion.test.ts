import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decidePromotion,
  isSwitchedOff,
  ownMetadata,
  REPLACED,
  type StripePromotion,
  type WantedPromotion,
} from './promotion.ts';

const wanted: WantedPromotion = { programId: 'p', memberId: 'm', coupon: 'A', firstOrder: true };
const ours = ownMetadata(wanted);

const promotion = (id: string, change: Partial<StripePromotion> = {}): StripePromotion => ({
  id,
  isActive: true,
  coupon: 'A',
  firstOrder: true,
  created_at_ms: 1_000,
  metadata: ours,
  ...change,
});

const make = (change: object = {}) => ({
  step: 'make',
  replaced: [],
  after: null,
  offSince_ms: null,
  ...change,
});
const off = { isActive: false };
const ended = { isActive: false, metadata: { ...ours, ...REPLACED } };

describe('what becomes of a member’s code', () => {
  it.each([
    ['there is none yet', [], make()],
    ['it is there already', [promotion('1', { coupon: 'B', ...ended }), promotion('2')], keep('2')],
    ['it is of an earlier coupon', [promotion('1', { coupon: 'B' })], make({ replaced: ['1'], after: '1' })],
    [
      'it was good for any order',
      [promotion('1', { firstOrder: false })],
      make({ replaced: ['1'], after: '1' }),
    ],
    ['somebody else’s has the text', [promotion('1', { metadata: {} })], { step: 'taken' }],
    [
      'another program’s has the text',
      [promotion('1', { metadata: { ...ours, program_id: 'q' } })],
      { step: 'taken' },
    ],
    ['somebody else’s is over', [promotion('1', { metadata: {}, ...off })], make({ after: '1' })],
    ['we ended it ourselves', [promotion('1', ended)], make({ after: '1' })],
    ['it was switched off by hand', [promotion('1', off)], make({ after: '1', offSince_ms: 1_000 })],
    [
      'an earlier one was switched off, and another followed',
      [promotion('2', { coupon: 'B' }), promotion('1', off)],
      make({ replaced: ['2'], after: '2' }),
    ],
  ])('when %s', (_what, there, step) => {
    expect(decidePromotion(there, wanted)).toEqual(step);
  });

  it('is left alone when it was switched off, unless its coupon was made anew since', () => {
    expect(isSwitchedOff(null, 500)).toBe(false);
    expect([isSwitchedOff(1_000, 500), isSwitchedOff(1_000, 1_000)]).toEqual([true, true]);
    expect(isSwitchedOff(1_000, 1_001)).toBe(false);
  });

  it('is one active promotion code, as is wanted last, wherever the steps before were cut short', () => {
    const attempt = fc.record({
      coupon: fc.constantFrom('A', 'B'),
      firstOrder: fc.boolean(),
      /** How many of its requests reach Stripe. */
      requests: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 12 }), attempt, (before, last) => {
        let there: readonly StripePromotion[] = [];
        for (const { requests, ...terms } of [...before, { ...last, requests: 3 }]) {
          there = take(there, { ...wanted, ...terms }, requests);
          expect(there.filter(({ isActive }) => isActive).length).toBeLessThanOrEqual(1);
        }
        const { coupon, firstOrder } = last;
        const [active] = there.filter(({ isActive }) => isActive);
        expect(active).toMatchObject({ coupon, firstOrder, metadata: ours });
        expect(decidePromotion(there, { ...wanted, coupon, firstOrder })).toEqual(keep(active?.id ?? ''));
      }),
    );
  });
});

function keep(id: string) {
  return { step: 'keep', id };
}

/** Does what is decided, as far as so many requests go; what we ended is never taken for switched off. */
function take(there: readonly StripePromotion[], asked: WantedPromotion, requests: number) {
  const step = decidePromotion(there, asked);
  if (step.step !== 'make') return there;
  expect(step.offSince_ms).toBeNull();
  const ends = step.replaced.slice(0, requests);
  const left = there.map((one) =>
    ends.includes(one.id) ? { ...one, isActive: false, metadata: { ...one.metadata, ...REPLACED } } : one,
  );
  if (requests <= step.replaced.length) return left;
  const { coupon, firstOrder } = asked;
  return [promotion(String(there.length + 1), { coupon, firstOrder }), ...left];
}
