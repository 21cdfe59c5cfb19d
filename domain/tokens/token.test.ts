import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOrigin, judgeClaims } from './token.ts';

const good = { sub: 'user_42', iat: 1_000, exp: 1_900 };

describe('the claims of a member token', () => {
  it('name the member, and allow redeeming only when they say so', () => {
    expect(judgeClaims(good)).toEqual({ ok: true, value: { subject: 'user_42', mayRedeem: false } });
    expect(judgeClaims({ ...good, redeem: true })).toMatchObject({ value: { mayRedeem: true } });
    expect(judgeClaims({ ...good, redeem: false })).toMatchObject({ value: { mayRedeem: false } });
  });

  it.each([
    ['no member', { sub: undefined }],
    ['an empty id', { sub: '' }],
    ['an id that is no text', { sub: 42 }],
    ['a longer id than any member has', { sub: 'x'.repeat(256) }],
    ['an id that no database takes', { sub: 'a\u0000' }],
    ['half a character', { sub: '\ud800' }],
    ['no issue time', { iat: undefined }],
    ['no end', { exp: undefined }],
    ['an end that is no number', { exp: '1900' }],
    ['an end before its beginning', { exp: 999 }],
    ['a claim to redeem that is no boolean', { redeem: 'true' }],
  ])('with %s are refused', (_, change) => {
    expect(judgeClaims({ ...good, ...change })).toMatchObject({ ok: false, code: 'token_invalid' });
  });

  it('hold for an hour at the most, wherever it begins', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000_000_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (iat, s) => {
          expect(judgeClaims({ ...good, iat, exp: iat + s }).ok).toBe(s <= 3_600);
        },
      ),
    );
  });
});

describe('an origin', () => {
  it.each(['https://shop.example', 'https://shop.example:8443', 'http://localhost:5173', 'http://127.0.0.1'])(
    'may be %s',
    (text) => expect(isOrigin(text)).toBe(true),
  );

  it.each([
    'http://shop.example',
    'https://shop.example/',
    'https://shop.example/path',
    'https://shop.example:443',
    'https://SHOP.example',
    'https://*.shop.example',
    'https://user@shop.example',
    'http://localhost.evil.example',
    'ftp://shop.example',
    'shop.example',
    'file:///etc/passwd',
    'null',
    '*',
    '',
  ])('may not be %s', (text) => expect(isOrigin(text)).toBe(false));
});
