import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NpsCounts, npsGroup, npsOf, responseRate } from './nps.ts';

const counts = fc.record({
  promoters: fc.nat({ max: 5_000 }),
  passives: fc.nat({ max: 5_000 }),
  detractors: fc.nat({ max: 5_000 }),
});
const of = (promoters: number, passives: number, detractors: number) =>
  npsOf({ promoters, passives, detractors });

describe('groups', () => {
  it('are detractors to 6, passives to 8, promoters to 10', () => {
    const groups = Array.from({ length: 11 }, (_, score) => npsGroup(score));
    expect(groups.slice(0, 7)).toEqual(Array(7).fill('detractor'));
    expect(groups.slice(7)).toEqual(['passive', 'passive', 'promoter', 'promoter']);
  });
});

/** The interval of the mean of scores and pseudo-answers, in quarters so that their number is whole. */
function independently({ promoters, passives, detractors }: NpsCounts) {
  const quarters = [
    ...Array<number>(4 * promoters + 3).fill(1),
    ...Array<number>(4 * passives + 6).fill(0),
    ...Array<number>(4 * detractors + 3).fill(-1),
  ];
  const mean = quarters.reduce((sum, score) => sum + score, 0) / quarters.length;
  const variance = quarters.reduce((sum, score) => sum + (score - mean) ** 2, 0) / quarters.length;
  const margin = 1.959963984540054 * Math.sqrt(variance / (quarters.length / 4));
  return { low: Math.max(-100, 100 * (mean - margin)), high: Math.min(100, 100 * (mean + margin)) };
}

/**
 * The chance of each outcome of n answers, and with it how often the interval holds the truth: exact, not
 * by simulation.
 */
function coverage(n: number, p: number, d: number): number {
  const logs = [0];
  for (let k = 1; k <= n; k += 1) logs.push((logs[k - 1] ?? 0) + Math.log(k));
  const log = (k: number) => logs[k] ?? 0;
  let covered = 0;
  for (let promoters = 0; promoters <= n; promoters += 1) {
    for (let detractors = 0; promoters + detractors <= n; detractors += 1) {
      const passives = n - promoters - detractors;
      const chance = Math.exp(
        log(n) -
          log(promoters) -
          log(detractors) -
          log(passives) +
          promoters * Math.log(p) +
          detractors * Math.log(d) +
          passives * Math.log(1 - p - d),
      );
      const nps = npsOf({ promoters, passives, detractors });
      const truth = 100 * (p - d);
      if (nps !== null && nps.low <= truth && truth <= nps.high) covered += chance;
    }
  }
  return covered;
}

describe('the Net Promoter Score', () => {
  it('is unknown without answers', () => {
    expect(of(0, 0, 0)).toBeNull();
  });

  it('is promoters less detractors, of 100', () => {
    expect(of(50, 30, 20)?.score).toBe(30);
    expect(of(0, 0, 4)?.score).toBe(-100);
    expect(of(0, 9, 0)?.score).toBe(0);
  });

  it('has the interval worked by hand for 7 promoters, 2 passives, 1 detractor', () => {
    // n = 13, p = 7.75/13, d = 1.75/13: mean 6/13, variance 9.5/13 − (6/13)², margin z·√(variance/13).
    const nps = of(7, 2, 1);
    expect(nps?.score).toBe(60);
    expect(nps?.low).toBeCloseTo(7.03941, 4);
    expect(nps?.high).toBeCloseTo(85.26828, 4);
  });

  it('has the interval that the scores themselves give, one by one', () => {
    fc.assert(
      fc.property(
        fc.record({ promoters: fc.nat(60), passives: fc.nat(60), detractors: fc.nat(60) }),
        (some) => {
          const nps = npsOf(some);
          if (nps === null) return;
          const expected = independently(some);
          expect(nps.low).toBeCloseTo(expected.low, 6);
          expect(nps.high).toBeCloseTo(expected.high, 6);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    [5, 0.6, 0.2],
    [10, 0.5, 0.2],
    [10, 0.8, 0.1],
    [30, 0.45, 0.25],
    [60, 0.3, 0.3],
  ])('of %i answers has an interval that holds the truth 93 times in 100 or more', (n, p, d) => {
    expect(coverage(n, p, d)).toBeGreaterThan(0.93);
  });

  it('is honest about few answers: five promoters do not prove a hundred', () => {
    const nps = of(5, 0, 0);
    expect(nps?.score).toBe(100);
    expect(nps?.low).toBeLessThan(40);
  });

  it('lies within −100 and 100, and so does its interval, which holds it wherever answers differ', () => {
    fc.assert(
      fc.property(counts, (some) => {
        const nps = npsOf(some);
        if (nps === null) return;
        expect(nps.low).toBeGreaterThanOrEqual(-100);
        expect(nps.high).toBeLessThanOrEqual(100);
        expect(nps.low).toBeLessThan(nps.high);
        expect(Math.abs(nps.score)).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('turns round when promoters and detractors change places', () => {
    fc.assert(
      fc.property(counts, ({ promoters, passives, detractors }) => {
        const [nps, turned] = [of(promoters, passives, detractors), of(detractors, passives, promoters)];
        if (nps === null || turned === null) return;
        expect(turned.score).toBeCloseTo(-nps.score, 9);
        expect(turned.low).toBeCloseTo(-nps.high, 9);
      }),
    );
  });

  it('gets surer with ten times the same answers', () => {
    fc.assert(
      fc.property(counts, ({ promoters, passives, detractors }) => {
        const [few, many] = [
          of(promoters, passives, detractors),
          of(10 * promoters, 10 * passives, 10 * detractors),
        ];
        if (few === null || many === null) return;
        expect(many.high - many.low).toBeLessThan(few.high - few.low);
      }),
    );
  });
});

describe('the response rate', () => {
  it('is answers of questions asked, and unknown when none was', () => {
    expect(responseRate(4, 3)).toBe(0.75);
    expect(responseRate(0, 0)).toBeNull();
  });
});
