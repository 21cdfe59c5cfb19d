import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  expandId,
  formatEarlierToken,
  formatToken,
  hashToken,
  isKeyForm,
  newSecret,
  parseAuthorization,
  sameHash,
  shortenId,
} from './token.ts';

it('any UUID survives its short form, which is always 22 characters', () => {
  fc.assert(
    fc.property(fc.uuid(), (id) => {
      expect(shortenId(id)).toHaveLength(22);
      expect(expandId(shortenId(id))).toBe(id);
    }),
  );
});

it('a token of any kind, of before too, gives its id and a hash of its own, and nothing else does', () => {
  const id = '0199c0de-0000-7000-8000-000000000000';
  const secret = newSecret();
  const tokens = [
    formatEarlierToken(id, secret),
    ...(['live', 'test', 'platform'] as const).map((kind) => formatToken(kind, id, secret)),
  ];
  expect(tokens.map((token) => token.replace(/_[^_]+_[^_]+$/, ''))).toEqual([
    'rk',
    'sk_live',
    'sk_test',
    'sk_platform',
  ]);
  for (const token of tokens) {
    const parsed = parseAuthorization(`Bearer ${token}`);
    expect(parsed?.id).toBe(id);
    expect(tokens.filter((other) => parsed !== null && sameHash(parsed.hash, hashToken(other)))).toEqual([
      token,
    ]);
    expect(isKeyForm(token)).toBe(true);
  }
  expect(parseAuthorization(`Bearer ${formatToken('live', id, secret).replace('live', 'other')}`)).toBeNull();
  fc.assert(fc.property(fc.string(), (text) => parseAuthorization(`Bearer ${text}`) === null));
  expect(parseAuthorization(formatToken('live', id, secret))).toBeNull();
  expect(parseAuthorization(undefined)).toBeNull();
});

it('secrets are 43 characters without a likely one among them', () => {
  const secrets = Array.from({ length: 500 }, newSecret);
  expect(secrets.every((secret) => /^[1-9A-HJ-NP-Za-km-z]{43}$/.test(secret))).toBe(true);
  expect(new Set(secrets).size).toBe(500);
  const counts = new Map<string, number>();
  for (const character of secrets.join('')) counts.set(character, (counts.get(character) ?? 0) + 1);
  // 21,500 draws of 58: 371 each, and no count strays by six standard deviations.
  expect(Math.max(...counts.values())).toBeLessThan(490);
  expect(Math.min(...counts.values())).toBeGreaterThan(255);
});
