import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayBounds } from '../calendar.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.ts';
import { type EmailFacts, GIVE_UP_AFTER_MS, judgeEmail, retryAt } from './email.ts';
import { isQuiet } from './quiet-hours.ts';

const NOW_MS = Date.parse('2026-06-10T12:00:00Z');

function facts(changes: Partial<EmailFacts> = {}): EmailFacts {
  const { now_ms = NOW_MS, zone = 'UTC' } = changes;
  return {
    category: 'engagement',
    queued_at_ms: now_ms,
    now_ms,
    told: true,
    subscribed: true,
    has_address: true,
    has_server: true,
    quiet_hours: null,
    zone,
    email_per_day_max: 2,
    sent_today: 0,
    tomorrow_at_ms: dayBounds(now_ms, zone).ends_at_ms,
    ...changes,
  };
}

describe('whether an e-mail may leave', () => {
  it('leaves when nothing speaks against it', () => {
    expect(judgeEmail(facts())).toEqual({ do: 'send' });
  });

  it.each([
    ['the policy no longer tells its kind', { told: false }, 'not_told'],
    ['the member has unsubscribed', { subscribed: false }, 'unsubscribed'],
    ['the member has no address', { has_address: false }, 'no_address'],
    ['there is no server', { has_server: false }, 'no_server'],
  ] as const)('does not leave when %s', (_, changes, reason) => {
    expect(judgeEmail(facts(changes))).toEqual({ do: 'suppress', reason });
  });

  it('waits for the end of quiet hours', () => {
    const quiet_hours = { from: '11:00', to: '13:00' };
    expect(judgeEmail(facts({ quiet_hours }))).toEqual({ do: 'postpone', until_ms: NOW_MS + HOUR_MS });
  });

  it('waits for the next day at the day’s cap, and for the end of that day’s quiet hours', () => {
    const midnight = Date.parse('2026-06-11T00:00:00Z');
    expect(judgeEmail(facts({ sent_today: 2 }))).toEqual({ do: 'postpone', until_ms: midnight });
    const quiet_hours = { from: '22:00', to: '08:00' };
    expect(judgeEmail(facts({ sent_today: 2, quiet_hours }))).toEqual({
      do: 'postpone',
      until_ms: midnight + 8 * HOUR_MS,
    });
  });

  it('an answer to the member’s own request is not held back by the cap, but by quiet hours', () => {
    const service = { category: 'service', sent_today: 9 } as const;
    expect(judgeEmail(facts(service))).toEqual({ do: 'send' });
    expect(judgeEmail(facts({ ...service, quiet_hours: { from: '11:00', to: '13:00' } })).do).toBe(
      'postpone',
    );
  });

  it('what the cap holds back until it is old is suppressed, and what waited too long given up', () => {
    const old = { queued_at_ms: NOW_MS - GIVE_UP_AFTER_MS + HOUR_MS };
    expect(judgeEmail(facts({ ...old, sent_today: 2 }))).toEqual({ do: 'suppress', reason: 'capped' });
    expect(judgeEmail(facts({ queued_at_ms: NOW_MS - GIVE_UP_AFTER_MS }))).toEqual({
      do: 'give_up',
      reason: 'too_late',
    });
  });

  it('any queue, in any zone, keeps to the cap and to quiet hours, and comes to an end', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
    const start = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    const quiet = fc.constantFrom(null, { from: '22:00', to: '08:00' }, { from: '01:15', to: '02:45' });
    fc.assert(
      fc.property(zone, start, quiet, fc.integer({ min: 1, max: 4 }), (where, at_ms, quiet_hours, cap) => {
        const sent = playQueue({ zone: where, now_ms: at_ms, quiet_hours, email_per_day_max: cap });
        for (const mails of groupBy(sent, where).values()) expect(mails.length).toBeLessThanOrEqual(cap);
        for (const it of sent) expect(isQuiet(it, quiet_hours, where)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

/** Lets twelve e-mails of one moment fall due until none is left. Gives when each left that did. */
function playQueue(given: Pick<EmailFacts, 'zone' | 'now_ms' | 'quiet_hours' | 'email_per_day_max'>) {
  const sent: number[] = [];
  const queue = Array.from({ length: 12 }, () => given.now_ms);
  for (let steps = 0; queue.length > 0; steps += 1) {
    expect(steps).toBeLessThan(200);
    queue.sort((a, b) => a - b);
    const now_ms = queue.shift() ?? 0;
    const { starts_at_ms, ends_at_ms } = dayBounds(now_ms, given.zone);
    const sent_today = sent.filter((it) => it >= starts_at_ms).length;
    const days = { now_ms, queued_at_ms: given.now_ms, sent_today, tomorrow_at_ms: ends_at_ms };
    const verdict = judgeEmail(facts({ ...given, ...days }));
    if (verdict.do === 'send') sent.push(now_ms);
    if (verdict.do !== 'postpone') continue;
    expect(verdict.until_ms).toBeGreaterThan(now_ms);
    queue.push(verdict.until_ms);
  }
  return sent;
}

function groupBy(times: readonly number[], zone: string): Map<number, number[]> {
  const days = new Map<number, number[]>();
  for (const it of times) {
    const day = dayBounds(it, zone).starts_at_ms;
    days.set(day, [...(days.get(day) ?? []), it]);
  }
  return days;
}

describe('trying again', () => {
  it('rests 2 minutes at first, doubling, and 4 hours at the most', () => {
    expect([1, 2, 3, 8, 30].map((attempts) => (retryAt(0, attempts) / MINUTE_MS) | 0)).toEqual([
      2, 4, 8, 240, 240,
    ]);
    expect(retryAt(NOW_MS, 1_000_000)).toBeLessThan(NOW_MS + DAY_MS);
  });
});
