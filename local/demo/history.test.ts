import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../api/events/input.ts';
import { customersOf, readCdnow } from './cdnow.ts';
import { eventOf } from './events.ts';
import { CLICKS_MAX, type Happening, historyOf, REFUND_SHARE } from './history.ts';

const purchases = readCdnow();
const all = historyOf(purchases, customersOf(purchases, Number.POSITIVE_INFINITY).length);
const codeOf = (customer: string): string => `code-${customer}`;
const eventsOf = (happenings: readonly Happening[]) => happenings.map((it) => eventOf(it, codeOf));
const events = eventsOf(all.happenings);

describe('the history that the demo replays', () => {
  it('holds a signup for each customer, every purchase, and about as many returns as the rule says', () => {
    const count = (type: string) => all.happenings.filter((it) => it.type === type).length;
    expect(count('signup')).toBe(2_357);
    expect(count('purchase')).toBe(6_919);
    expect(count('refund') / 6_919).toBeGreaterThan(REFUND_SHARE / 2);
    expect(count('refund') / 6_919).toBeLessThan(REFUND_SHARE * 1.5);
    expect(all.customers.filter(({ clicks }) => clicks)).toHaveLength(CLICKS_MAX);
  });

  it('tells signups in the order of time', () => {
    const times = all.happenings.filter(({ type }) => type === 'signup').map(({ at_ms }) => at_ms);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('tells a signup before what its customer buys, and a purchase before its return', () => {
    const seen = new Set<string>();
    const early: unknown[] = [];
    for (const event of events) {
      const basis = 'refundOf' in event ? event.refundOf : `signup:${event.subject}`;
      if (event.type !== 'signup' && !seen.has(basis)) early.push(event);
      seen.add(event.key);
    }
    expect(early).toEqual([]);
  });

  it('never returns more than was paid, and a part only where there is one', () => {
    for (const happening of all.happenings) {
      if (happening.type !== 'refund' || happening.cents === null) continue;
      expect(happening.cents).toBeGreaterThan(0n);
      expect(happening.cents).toBeLessThan(happening.purchase.cents);
    }
  });

  it('becomes events that the API takes, each under a key of its own', () => {
    expect(events.map(parseEvent)).toEqual(events);
    expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
  });

  it('is told in the same words every time, so that a second run sends the same events', () => {
    expect(eventsOf(historyOf(readCdnow(), 2_357).happenings)).toEqual(events);
  });

  it('of fewer customers is told in the same words as within the whole', () => {
    const byKey = new Map(events.map((event) => [event.key, event]));
    const fewer = eventsOf(historyOf(purchases, 250).happenings);
    expect(fewer.map(({ key }) => byKey.get(key))).toEqual(fewer);
  });

  it('gives no two customers one address, mailbox or browser, so that no fraud rule is set off', () => {
    const signups = events.filter(({ type }) => type === 'signup') as {
      ip?: string;
      email?: string;
      visitorId?: string;
    }[];
    expect(new Set(signups.map(({ ip }) => ip)).size).toBe(signups.length);
    expect(new Set(signups.map(({ email }) => email?.split('@')[1])).size).toBe(signups.length);
  });
});
