import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Click,
  chooseKept,
  clickOf,
  decodeKept,
  encodeKept,
  type Kept,
  keepOf,
  timeOf,
} from './click.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 29);
const DAYS = 90;

/** A click id of the redirect that was made then. */
const idAt = (at_ms: number): string => {
  const hex = at_ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`;
};
const seen = (search: string, names: string[] = [], hasArrived = true) =>
  clickOf(search, names, hasArrived, NOW_MS);
const ago = (minutes: number) => NOW_MS - minutes * 60_000;
const click = (code: string, at_ms: number | null, hasArrived = true): Click => ({
  code,
  clickId: at_ms === null ? null : idAt(at_ms),
  hasArrived,
});
const keptAfter = (clicks: readonly Click[], rule: 'first' | 'last'): Kept | null =>
  clicks.reduce<Kept | null>((kept, next) => keepOf(kept, next, rule, DAYS, NOW_MS), null);

const codes = fc.stringMatching(/^[a-z0-9-]{3,50}$/);
const times = fc.integer({ min: NOW_MS - DAYS * DAY_MS + 1, max: NOW_MS });
const clicks = fc.record({
  code: codes,
  clickId: fc.option(times.map(idAt)),
  hasArrived: fc.boolean(),
});
const rules = fc.constantFrom<('first' | 'last')[]>('first', 'last');

describe('what an address says', () => {
  it.each([
    ['?rcode=k7m2xq9', 'k7m2xq9'],
    ['?rcode=%20K7M2XQ9%20', 'k7m2xq9'],
    ['?ref=ada&rcode=bob', 'bob'],
    ['?ref=ada', 'ada'],
    ['?rcode=&via=ada', 'ada'],
    ['?rcode=no%3Bcode&ref=ada', 'ada'],
  ])('%s is the code %s', (search, code) => {
    expect(seen(search, ['ref', 'via'])?.code).toBe(code);
  });

  it.each([
    '',
    '?rcode=ab',
    `?rcode=${'a'.repeat(51)}`,
    '?rcode=a.b.c',
    '?rcode=%00abc',
    '?rcode=<script>',
    '?other=ada',
    `?rclk=${idAt(NOW_MS)}`,
  ])('%s is nothing', (search) => {
    expect(seen(search, ['ref'])).toBeNull();
  });

  it('counts a click id with `rcode` alone, in its own form, and not from the future', () => {
    const id = idAt(ago(1));
    expect(seen(`?rcode=ada&rclk=${id}`)?.clickId).toBe(id);
    expect(seen(`?ref=ada&rclk=${id}`, ['ref'])?.clickId).toBeNull();
    expect(seen(`?rcode=ada&rclk=${id.replace('-7', '-4')}`)?.clickId).toBeNull();
    expect(seen(`?rcode=ada&rclk=${idAt(NOW_MS + 2 * DAY_MS)}`)?.clickId).toBeNull();
  });

  it('reads the time that the redirect wrote into a click id', () => {
    fc.assert(fc.property(times, (at_ms) => timeOf(idAt(at_ms)) === at_ms));
  });
});

describe('the click that counts', () => {
  it('is the first one, under `first`, until its time is over', () => {
    fc.assert(
      fc.property(
        fc.array(clicks, { minLength: 1 }),
        (all) => keptAfter(all, 'first')?.code === all[0]?.code,
      ),
    );
    const kept = keptAfter([click('ada', NOW_MS - DAYS * DAY_MS + 1)], 'first');
    expect(decodeKept(encodeKept(kept as Kept), DAYS, NOW_MS + 1)).toBeNull();
  });

  it('is the latest one, under `last`, in whichever order addresses with click ids are opened', () => {
    const withIds = fc.array(fc.tuple(codes, times), { minLength: 1 });
    fc.assert(
      fc.property(withIds, (all) => {
        const latest_ms = Math.max(...all.map(([, at_ms]) => at_ms));
        const kept = keptAfter(
          all.map(([code, at_ms]) => click(code, at_ms)),
          'last',
        );
        expect(kept?.clickId).toBe(idAt(latest_ms));
      }),
    );
  });

  it.each<[string, Click[], string]>([
    ['a later click replaces', [click('ada', ago(9)), click('bob', ago(5))], 'bob'],
    ['an old address that is opened again does not', [click('ada', ago(5)), click('bob', ago(9))], 'ada'],
    ['a code that somebody arrives with replaces', [click('ada', ago(5)), click('bob', null)], 'bob'],
    [
      'a code that merely stands in the address does not',
      [click('ada', ago(5)), click('bob', null, false)],
      'ada',
    ],
    [
      'nor does the old click, after a code without one',
      [click('ada', ago(5)), click('bob', null), click('ada', ago(5))],
      'bob',
    ],
    [
      'but a click that is later still does',
      [click('ada', ago(5)), click('bob', null), click('eve', ago(1))],
      'eve',
    ],
    ['a click whose time is over counts for nothing', [click('ada', NOW_MS - DAYS * DAY_MS)], ''],
  ])('under `last`: %s', (_what, all, code) => {
    expect(keptAfter(all, 'last')?.code ?? '').toBe(code);
  });

  it('stays the same object when the same address is seen again', () => {
    fc.assert(
      fc.property(clicks, rules, (one, rule) => {
        const kept = keepOf(null, one, rule, DAYS, NOW_MS);
        expect(keepOf(kept, one, rule, DAYS, NOW_MS)).toBe(kept);
      }),
    );
  });

  it('keeps its click id when its code comes again without one', () => {
    const kept = keptAfter([click('ada', ago(5)), click('ada', null)], 'last');
    expect(kept?.clickId).toBe(idAt(ago(5)));
  });
});

describe('what is kept', () => {
  it('reads as it was written, and fits a cookie as it is', () => {
    fc.assert(
      fc.property(clicks, rules, (one, rule) => {
        const kept = keepOf(null, one, rule, DAYS, NOW_MS) as Kept;
        const text = encodeKept(kept);
        expect(text).toMatch(/^[a-z0-9.-]{1,120}$/);
        expect(decodeKept(text, DAYS, NOW_MS)).toEqual(kept);
      }),
    );
  });

  it('is nothing when it is made up', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeKept(text, DAYS, NOW_MS) === null));
    expect(decodeKept(`ada..${NOW_MS + 2 * DAY_MS}.0`, DAYS, NOW_MS)).toBeNull();
  });

  it('is chosen by the rule where two places differ', () => {
    const [early, late] = [click('ada', ago(9)), click('bob', ago(5))].map((one) =>
      keepOf(null, one, 'last', DAYS, NOW_MS),
    ) as [Kept, Kept];
    expect(chooseKept([late, early], 'first')).toBe(early);
    expect(chooseKept([early, late], 'last')).toBe(late);
    expect(chooseKept([], 'last')).toBeNull();
  });
});
