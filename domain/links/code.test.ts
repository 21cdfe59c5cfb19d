import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CODE_ALPHABET, CODE_LENGTH, checkSlug, codeFrom, isProfane } from './code.ts';

/** The bytes that spell a code. */
const spell = (code: string): number[] => Array.from(code, (character) => CODE_ALPHABET.indexOf(character));

describe('a generated code', () => {
  test('has seven characters of the alphabet and is never profane, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 64 }), (bytes) => {
        const code = codeFrom(bytes);
        if (code === null) return;
        expect(code).toHaveLength(CODE_LENGTH);
        expect(Array.from(code).every((character) => CODE_ALPHABET.includes(character))).toBe(true);
        expect(isProfane(code)).toBe(false);
      }),
    );
  });

  test('gives every character the same share of the bytes: the odd ones out are dropped', () => {
    const shares = new Map<string, number>();
    for (let byte = 0; byte < 256; byte += 1) {
      const tail = spell('k2m7pq');
      const code = codeFrom(Uint8Array.from([byte, ...tail]));
      if (code !== null) shares.set(code.charAt(0), (shares.get(code.charAt(0)) ?? 0) + 1);
    }
    expect([...shares.keys()].sort().join('')).toBe(CODE_ALPHABET);
    expect(new Set(shares.values())).toEqual(new Set([8]));
  });

  test('is null when the bytes run out, and when all of them are dropped', () => {
    expect(codeFrom(Uint8Array.from(spell('k2m7pq')))).toBeNull();
    expect(codeFrom(new Uint8Array(100).fill(255))).toBeNull();
    expect(codeFrom(new Uint8Array(0))).toBeNull();
  });

  test('skips a profane code and goes on with the next bytes', () => {
    expect(codeFrom(Uint8Array.from([...spell('fuck222'), ...spell('k2m7pqr')]))).toBe('k2m7pqr');
  });

  test('is lost to the filter less than once in fifty', () => {
    // A fixed generator (Numerical Recipes' constants), so that the figure never changes.
    let state = 1;
    const draw = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    };
    const codes = Array.from({ length: 5000 }, () =>
      Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET.charAt(draw() % 31)).join(''),
    );
    const lost = codes.filter(isProfane).length;
    expect(lost).toBeGreaterThan(0);
    expect(lost / codes.length).toBeLessThan(0.02);
  });

  test.each([
    'xfuckx2',
    'fvck222',
    'k2a55mn',
    'n4z1xyz',
    '5ex2345',
    '2cum345',
    'ka55777',
    'kkkabcd',
    'p3n15ab',
  ])('%s is profane', (code) => {
    expect(isProfane(code)).toBe(true);
  });

  test.each(['k2m7pqr', 'abcdefg', '2345678', 'xyzwvut'])('%s is not', (code) => {
    expect(isProfane(code)).toBe(false);
  });
});

describe('a vanity slug', () => {
  test.each([
    ['ann', 'ann'],
    ['Ann-2026', 'ann-2026'],
    ['class-of-26', 'class-of-26'],
    ['push-it', 'push-it'],
    ['cocktail-analytics', 'cocktail-analytics'],
    ['grape', 'grape'],
    ['scunthorpe', 'scunthorpe'],
    ['a'.repeat(50), 'a'.repeat(50)],
    ['ad', 'slug_malformed'],
    ['', 'slug_malformed'],
    ['a'.repeat(51), 'slug_malformed'],
    ['-ann', 'slug_malformed'],
    ['ann-', 'slug_malformed'],
    ['---', 'slug_malformed'],
    ['ann_b', 'slug_malformed'],
    ['ann b', 'slug_malformed'],
    ['ann/b', 'slug_malformed'],
    ['änn', 'slug_malformed'],
    ['ann\n', 'slug_malformed'],
    ['admin', 'slug_reserved'],
    ['API', 'slug_reserved'],
    ['fuck-this', 'slug_profane'],
    ['5h1t-happens', 'slug_profane'],
    ['f-u-c-k', 'slug_profane'],
    ['my-ass', 'slug_profane'],
  ])('%j gives %j', (raw, expected) => {
    const answer = checkSlug(raw);
    expect(answer.ok ? answer.value : answer.code).toBe(expected);
  });

  test('that is accepted is accepted again unchanged', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9-]{0,55}$/), (raw) => {
        const answer = checkSlug(raw);
        if (answer.ok) expect(checkSlug(answer.value)).toEqual(answer);
      }),
    );
  });
});
