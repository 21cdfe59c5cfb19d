import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openToken, signToken } from './signed-token.ts';

const SECRET = 'a secret for tests only';

it('a token gives back what was signed, and fits an address', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 3 }), (parts) => {
      const token = signToken(SECRET, 'unsubscribe', parts);
      expect(token).toMatch(/^[A-Za-z0-9_.-]+$/);
      if (token.length < 400) expect(openToken(SECRET, 'unsubscribe', token)).toEqual(parts);
    }),
  );
});

it('a token with one character changed, cut or added opens nothing', () => {
  const token = signToken(SECRET, 'unsubscribe', ['a', 'b']);
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(openToken(SECRET, 'unsubscribe', token.slice(0, at) + other + token.slice(at + 1))).toBeNull();
    expect(openToken(SECRET, 'unsubscribe', token.slice(0, at))).toBeNull();
  }
  expect(openToken(SECRET, 'unsubscribe', `${token}A`)).toBeNull();
  expect(openToken(SECRET, 'unsubscribe', '')).toBeNull();
});

it('a token of another secret opens nothing', () => {
  expect(
    openToken('another secret, also long', 'unsubscribe', signToken(SECRET, 'unsubscribe', [])),
  ).toBeNull();
});
