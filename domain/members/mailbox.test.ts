import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizeEmail } from './email.ts';
import { MAILBOX_RULES, type MailboxRule } from './mailbox.ts';

const keyOf = (raw: string): string => {
  const answer = normalizeEmail(raw);
  return answer.ok ? answer.value.key : answer.code;
};

const name = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const tag = fc.option(name, { nil: null });
const tagged = (local: string, end: string | null): string => (end === null ? local : `${local}+${end}`);
const rule = fc.constantFrom(...MAILBOX_RULES);

/** A name with characters between its letters that the provider ignores. */
const spelt = (plain: string, { ignored }: MailboxRule): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('', ...ignored), { minLength: plain.length, maxLength: plain.length })
    .map((gaps) => [...plain].map((letter, at) => (at === 0 ? letter : `${gaps[at]}${letter}`)).join(''));

/** An address that arrives at the mailbox of this name, by the provider's rule. */
const spelling = (plain: string, of: MailboxRule): fc.Arbitrary<string> => {
  const plus = fc
    .tuple(spelt(plain, of), tag, fc.constantFrom(...of.domains))
    .map(([local, end, domain]) => `${tagged(local, end)}@${domain}`);
  const below = fc
    .tuple(name, tag, fc.constantFrom(...of.domains))
    .map(([any, end, domain]) => `${tagged(any, end)}@${plain}.${domain}`);
  if (of.subdomains === 'mailbox') return fc.oneof(plus, below);
  return of.subdomains === 'account' ? below : plus;
};

describe('the key of a mailbox', () => {
  test('is the same for every spelling that the provider’s rule allows, in any case', () => {
    const two = fc
      .tuple(name, rule)
      .chain(([plain, of]) => fc.tuple(spelling(plain, of), spelling(plain, of)));
    fc.assert(
      fc.property(two, ([one, other]) => {
        expect(keyOf(other.toUpperCase())).toBe(keyOf(one));
        expect(keyOf(keyOf(one))).toBe(keyOf(one));
      }),
      { numRuns: 500 },
    );
  });

  test('differs between two names at one provider, and between two providers', () => {
    const two = fc
      .tuple(name, name, rule, rule)
      .filter(([a, b, of, other]) => a !== b || of !== other)
      .chain(([a, b, of, other]) => fc.tuple(spelling(a, of), spelling(b, other)));
    fc.assert(
      fc.property(two, ([one, other]) => {
        expect(keyOf(one)).not.toBe(keyOf(other));
      }),
      { numRuns: 500 },
    );
  });

  test('keeps apart at any other domain what its owner may keep apart', () => {
    const local = fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,6}){0,2}$/);
    fc.assert(
      fc.property(
        local,
        local,
        fc.constantFrom('a.example', 'sub.a.example', 'outlook.com'),
        (a, b, domain) => {
          expect(keyOf(`${a}@${domain}`) === keyOf(`${b}@${domain}`)).toBe(a === b);
        },
      ),
    );
  });

  test.each([
    ['zed@me.com', 'zed@icloud.com'],
    ['z.ed@mac.com', 'z.ed@icloud.com'],
    ['z_e-d+1@pm.me', 'zed@proton.me'],
    ['zed@protonmail.ch', 'zed@proton.me'],
    ['z.ed@ya.ru', 'z.ed@yandex.ru'],
    ['shop+x@zed.fastmail.com', 'zed@fastmail.com'],
    ['shop@zed.anonaddy.me', '*@zed.anonaddy.com'],
    ['shop@zed.mozmail.com', '*@zed.mozmail.com'],
    ['_@proton.me', '_@proton.me'],
  ])('of %s is %s', (raw, key) => {
    expect(keyOf(raw)).toBe(key);
  });

  // What is disputed, or what the provider keeps apart.
  test.each([
    ['z.ed@icloud.com', 'zed@icloud.com'],
    ['z-ed@yandex.ru', 'z.ed@yandex.ru'],
    ['z.ed@outlook.com', 'zed@outlook.com'],
    ['zed@outlook.com', 'zed@hotmail.com'],
    ['zed-shop@yahoo.com', 'zed@yahoo.com'],
    ['zed@fastmail.com', 'zed@fastmail.fm'],
    ['a@z-ed.fastmail.com', 'z_ed@fastmail.com'],
    ['a@b.zed.fastmail.com', 'zed@fastmail.com'],
    ['zed@anonaddy.com', 'shop@zed.anonaddy.com'],
    ['z.ed@company.example', 'zed@company.example'],
  ])('keeps %s apart from %s', (one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });
});

test('every rule has its sources and dates, and every domain one rule', () => {
  for (const { provider, sources } of MAILBOX_RULES) {
    expect(sources.length, provider).toBeGreaterThan(0);
    for (const { url, seen } of sources) {
      expect(URL.canParse(url), url).toBe(true);
      expect(seen).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  }
  const domains = MAILBOX_RULES.flatMap((one) => one.domains);
  expect(new Set(domains).size).toBe(domains.length);
});
