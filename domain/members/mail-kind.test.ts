import { expect, test } from 'vitest';
import { normalizeEmail } from './email.ts';
import { domainsAbove, MAIL_KINDS, mailKind } from './mail-kind.ts';

test.each([
  ['gmail.com', 'free'],
  ['mail.gmail.com', 'private'],
  ['keemail.me', 'vanity'],
  ['duck.com', 'forwarding'],
  ['zed.mozmail.com', 'forwarding'],
  ['shop.example', 'private'],
  ['mailinator.com', 'private'],
])('%s is %s', (domain, kind) => {
  expect(mailKind(domain)).toBe(kind);
});

test('every domain of a known kind is written as addresses have it, and stays of its kind in a key', () => {
  for (const [domain, kind] of MAIL_KINDS) {
    const answer = normalizeEmail(`x@${domain}`);
    expect(answer.ok && answer.value.ascii, domain).toBe(`x@${domain}`);
    expect(answer.ok && mailKind(answer.value.domain), domain).toBe(kind);
  }
});

test('the domains above one are told, the nearest first', () => {
  expect(domainsAbove('a.b.c')).toEqual(['b.c', 'c']);
  expect(domainsAbove('c')).toEqual([]);
});
