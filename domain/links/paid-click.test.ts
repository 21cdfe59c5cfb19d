import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAID_CLICK_LENGTH_MAX, PAID_CLICK_PARAMETERS, paidClickOf } from './paid-click.ts';

const idsOf = (search: string) => paidClickOf(new URLSearchParams(search));
const NAMES = PAID_CLICK_PARAMETERS.map(({ name }) => name);

describe('the click ids of a query', () => {
  it.each(NAMES)('%s is kept under its owner’s spelling, however it comes', (name) => {
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase()]) {
      expect(idsOf(`?a=1&${spelled}=Ab-9_z`)).toEqual({ [name]: 'Ab-9_z' });
    }
  });

  it.each([
    '?rdclid=1',
    '?utm_source=x&email=a%40b.example',
    '',
    '?',
    '?gclid=',
    '?gclid=a%00b',
    '?__proto__=x&constructor=y',
  ])('are none in %j', (search) => {
    expect(idsOf(search)).toBeNull();
  });

  it('count once when they are repeated, the first that says anything', () => {
    expect(idsOf('?gclid=&GCLID=first&gclid=second')).toEqual({ gclid: 'first' });
  });

  it('stay letter for letter, or are left out when they are too long', () => {
    const ids = fc.string({ unit: 'grapheme', minLength: 1, maxLength: PAID_CLICK_LENGTH_MAX + 20 });
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), ids, (name, id) => {
        const kept = id.length <= PAID_CLICK_LENGTH_MAX && !id.includes('\u0000');
        expect(idsOf(`?${new URLSearchParams({ [name]: id })}`)).toEqual(kept ? { [name]: id } : null);
      }),
    );
  });
});

it('no two owners’ names differ by their case alone, and each has a source and the day it was read', () => {
  expect(new Set(NAMES.map((name) => name.toLowerCase())).size).toBe(NAMES.length);
  for (const { source, readOn } of PAID_CLICK_PARAMETERS) {
    expect(URL.canParse(source)).toBe(true);
    expect(readOn).toMatch(/^20\d\d-\d\d-\d\d$/);
  }
});
