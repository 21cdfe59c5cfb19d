import { expect, test } from 'vitest';
import { seal, unseal } from './seal.ts';

const SECRET = 'a secret of some length';

test('what is sealed opens with its secret and for its owner, and with no other', () => {
  const sealed = seal(SECRET, 'program/key', 'the private half');
  expect(sealed).not.toContain('private');
  expect(unseal(SECRET, 'program/key', sealed)).toBe('the private half');
  expect(unseal('another secret of some length', 'program/key', sealed)).toBeNull();
  expect(unseal(SECRET, 'program/other', sealed)).toBeNull();
});

test('the same text is sealed differently each time, and does not open once a part of it has changed', () => {
  const sealed = seal(SECRET, 'o', 'text');
  expect(seal(SECRET, 'o', 'text')).not.toBe(sealed);
  sealed.split('.').forEach((part, index, parts) => {
    const flipped = `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`;
    expect(unseal(SECRET, 'o', parts.with(index, flipped).join('.'))).toBeNull();
  });
  for (const broken of ['', 'v1', 'v1.a.b.c', `${sealed.slice(0, -4)}`, 'v2.....'])
    expect(unseal(SECRET, 'o', broken)).toBeNull();
});
