import { expect, test } from 'vitest';
import { type SealKey, seal, unseal } from './seal.ts';

const KEY: SealKey = { secret: 'a secret of some length', purpose: 'coupon code', owner: 'program/key' };

test('what is sealed opens with its secret, for its purpose and its owner, and with no other', () => {
  const sealed = seal(KEY, 'the private half');
  expect(sealed).not.toContain('private');
  expect(unseal(KEY, sealed)).toBe('the private half');
  expect(unseal({ ...KEY, secret: 'another secret of some length' }, sealed)).toBeNull();
  expect(unseal({ ...KEY, owner: 'program/other' }, sealed)).toBeNull();
  expect(unseal({ ...KEY, purpose: 'payout endpoint' }, sealed)).toBeNull();
});

test('the same text is sealed differently each time, and does not open once a part of it has changed', () => {
  const sealed = seal(KEY, 'text');
  expect(seal(KEY, 'text')).not.toBe(sealed);
  sealed.split('.').forEach((part, index, parts) => {
    const flipped = `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`;
    expect(unseal(KEY, parts.with(index, flipped).join('.'))).toBeNull();
  });
  for (const broken of ['', 'v1', 'v1.a.b.c', `${sealed.slice(0, -4)}`, 'v2.....']) {
    expect(unseal(KEY, broken)).toBeNull();
  }
});
