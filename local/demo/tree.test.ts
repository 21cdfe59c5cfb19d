import { describe, expect, it } from 'vitest';
import { customersOf, readCdnow } from './cdnow.ts';
import { randomOf } from './random.ts';
import { type Arrival, growTree, REFERRED_SHARE } from './tree.ts';

const customers = customersOf(readCdnow(), Number.POSITIVE_INFINITY);
const tree = growTree(customers);

function friendsPerReferrer(arrivals: Iterable<Arrival>): number[] {
  const counts = new Map<string, number>();
  for (const arrival of arrivals) {
    if (arrival.by === 'friend') counts.set(arrival.referrer, (counts.get(arrival.referrer) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
}

describe('the referral tree of the demo', () => {
  it('is the same in every run and on every machine', () => {
    expect(growTree(customers)).toEqual(tree);
    // Frozen: another tree under the same keys would be refused by an engine that has the first one.
    expect(friendsPerReferrer(tree.values()).slice(0, 3)).toMatchInlineSnapshot(`
      [
        28,
        25,
        21,
      ]
    `);
    expect(randomOf('frozen')()).toMatchInlineSnapshot(`0.8651390820741653`);
  });

  it('lets only an earlier customer bring one: no cycle, and nobody who is not there yet', () => {
    const seen = new Set<string>();
    for (const customer of customers) {
      const arrival = tree.get(customer);
      if (arrival?.by === 'friend') expect(seen.has(arrival.referrer)).toBe(true);
      seen.add(customer);
    }
    expect(tree.get(customers[0] ?? '')?.by).not.toBe('friend');
  });

  it('of fewer customers is the beginning of the tree of more', () => {
    const beginning = growTree(customers.slice(0, 300));
    for (const [customer, arrival] of beginning) expect(tree.get(customer)).toEqual(arrival);
  });

  it('brings about as many as the rule says', () => {
    const brought = [...tree.values()].filter(({ by }) => by === 'friend').length;
    expect(brought / customers.length).toBeGreaterThan(REFERRED_SHARE - 0.05);
    expect(brought / customers.length).toBeLessThan(REFERRED_SHARE + 0.05);
  });

  it('prefers those who have brought friends: a few bring many, most bring one or two', () => {
    const counts = friendsPerReferrer(tree.values());
    expect(counts[0]).toBeGreaterThanOrEqual(21);
    const few = counts.filter((count) => count <= 2).length;
    expect(few / counts.length).toBeGreaterThan(0.6);
  });
});

describe('the random numbers of the demo', () => {
  it('lie in [0, 1), spread evenly, and differ from name to name', () => {
    const draws = Array.from({ length: 10_000 }, (_, index) => randomOf('test', String(index))());
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => draws.filter((draw) => Math.floor(draw * 10) === tenth).length,
    );
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(new Set(draws).size).toBeGreaterThan(9_990);
  });
});
