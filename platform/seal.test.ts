import { expect, test } from 'vitest';
import { type SealKey, seal, sealPrefix, unseal } from './seal.ts';

const KEY: SealKey = { ring: ['a secret of some length'], purpose: 'coupon code', owner: 'program/key' };

test('what is sealed opens with its secret, for its purpose and its owner, and with no other', () => {
  const sealed = seal(KEY, 'the private half');
  expect(sealed).not.toContain('private');
  expect(unseal(KEY, sealed)).toBe('the private half');
  expect(unseal({ ...KEY, ring: ['another secret of some length'] }, sealed)).toBeNull();
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
  for (const broken of ['', 'v1', 'v1.a.b.c', `${sealed.slice(0, -4)}`, 'v1.....', 'v2.....', 'v3.....']) {
    expect(unseal(KEY, broken)).toBeNull();
  }
});

test('an old secret of the ring opens what it sealed, and the first one seals', () => {
  const [old, present] = ['the secret of last year', 'the secret of this year'];
  const sealed = seal({ ...KEY, ring: [old] }, 'text');
  expect(unseal({ ...KEY, ring: [present, old] }, sealed)).toBe('text');
  expect(unseal({ ...KEY, ring: [present] }, sealed)).toBeNull();
  const again = seal({ ...KEY, ring: [present, old] }, 'text');
  expect(again.startsWith(sealPrefix([present]))).toBe(true);
  expect(sealed.startsWith(sealPrefix([present]))).toBe(false);
  expect(unseal({ ...KEY, ring: [present] }, again)).toBe('text');
});

test('a text of the form without a name opens with whichever secret of the ring sealed it', () => {
  const sealed = 'v1.AAECAwQFBgcICQoLDA0ODw.AAECAwQFBgcICQoL.e1RR2s5Gjo7oXPQqQyVRkA.CxZE9XHzuPInNcio9M0';
  expect(unseal({ ...KEY, ring: ['the secret of this year', ...KEY.ring] }, sealed)).toBe('from version 1');
  expect(unseal({ ...KEY, ring: ['the secret of this year'] }, sealed)).toBeNull();
});
