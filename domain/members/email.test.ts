import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMAIL_OCTETS_MAX, LOCAL_OCTETS_MAX, normalizeEmail } from './email.ts';

const keyOf = (raw: string): string => {
  const answer = normalizeEmail(raw);
  return answer.ok ? answer.value.key : answer.code;
};

describe('one mailbox has one key', () => {
  test.each([
    ['Ann@Example.com', 'ann@example.com'],
    ['  ann@example.com ', 'ann@example.com'],
    ['ann+tag@example.com', 'ann@example.com'],
    ['ann.+tag@example.com', 'ann@example.com'],
    ['ann+a+b@example.com', 'ann@example.com'],
    ['a.n.n@example.com', 'a.n.n@example.com'],
    ['a.n.n@gmail.com', 'ann@gmail.com'],
    ['A.n.n+x.y@GoogleMail.com', 'ann@gmail.com'],
    ['+tag@example.com', '+tag@example.com'],
    ['jörg@müller.example', 'jörg@xn--mller-kva.example'],
    ['jörg@MÜLLER.example', 'jörg@xn--mller-kva.example'],
    ['ann@xn--mller-kva.example', 'ann@xn--mller-kva.example'],
    ["o'neil_1@mail.example.co.uk", "o'neil_1@mail.example.co.uk"],
  ])('%s → %s', (raw, key) => {
    expect(keyOf(raw)).toBe(key);
  });

  test('the address to write to keeps its tag and dots, and only the key loses them', () => {
    expect(normalizeEmail('A.nn+x@GoogleMail.com')).toEqual({
      ok: true,
      value: {
        email: 'a.nn+x@googlemail.com',
        ascii: 'a.nn+x@googlemail.com',
        key: 'ann@gmail.com',
        domain: 'gmail.com',
      },
    });
  });

  test('a domain is written as the sender wrote it, and compared in ASCII', () => {
    expect(normalizeEmail('bob@müller.de')).toEqual({
      ok: true,
      value: {
        email: 'bob@müller.de',
        ascii: 'bob@xn--mller-kva.de',
        key: 'bob@xn--mller-kva.de',
        domain: 'xn--mller-kva.de',
      },
    });
    expect(keyOf('bob@xn--mller-kva.de')).toBe(keyOf('bob@müller.de'));
    expect(keyOf('bob@faß.de')).not.toBe(keyOf('bob@fass.de'));
  });

  const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  test('neither case nor tag nor surrounding space makes a second identity', () => {
    fc.assert(
      fc.property(word, word, word, (local, tag, host) => {
        const plain = keyOf(`${local}@${host}.example`);
        expect(keyOf(` ${local.toUpperCase()}+${tag}@${host.toUpperCase()}.example\n`)).toBe(plain);
      }),
    );
  });

  test('normalising an address twice changes nothing', () => {
    const any = fc.oneof(
      fc.emailAddress(),
      fc.tuple(fc.string({ unit: 'grapheme' }), word).map(([local, host]) => `${local}@${host}.example`),
    );
    fc.assert(
      fc.property(any, (raw) => {
        const once = normalizeEmail(raw);
        if (!once.ok) return;
        expect(normalizeEmail(once.value.email)).toEqual(once);
        expect(normalizeEmail(once.value.ascii)).toMatchObject({ value: { key: once.value.key } });
        expect(keyOf(once.value.key)).toBe(once.value.key);
      }),
    );
  });
});

describe('what is no address', () => {
  const long = (length: number) => 'a'.repeat(length);

  test.each([
    '',
    ' ',
    '@',
    'ann',
    'ann@',
    '@example.com',
    'ann@localhost',
    'ann@example..com',
    'ann@.com',
    'ann@example.com.',
    'a..b@example.com',
    '.ann@example.com',
    'ann.@example.com',
    'ann@@example.com',
    'a b@example.com',
    'ann@exa mple.com',
    'ann@-example.com',
    'ann@example-.com',
    'ann@127.0.0.1',
    'ann@1.0x1',
    'ann@xn--a.com',
    'ann@[127.0.0.1]',
    '"ann"@example.com',
    'Ann <ann@example.com>',
    'ann@example.com\nbcc: x@y.zz',
    'ann@example.com\u0000',
    'ann@exam_ple.com',
    'ａnn@example.com',
    'ann＠example.com',
    `${long(65)}@example.com`,
    `ann@${long(64)}.com`,
    '\ud800@example.com',
  ])('%j is refused', (raw) => {
    expect(normalizeEmail(raw)).toMatchObject({ ok: false, code: 'email_malformed' });
  });

  test('the limits of RFC 5321 hold to the octet', () => {
    const host = `${long(63)}.${long(63)}.${long(61)}`;
    const local = long(LOCAL_OCTETS_MAX);
    expect(`${local}@${host}`).toHaveLength(EMAIL_OCTETS_MAX);
    expect(normalizeEmail(`${local}@${host}`).ok).toBe(true);
    expect(normalizeEmail(`${local}@${host}a`).ok).toBe(false);
    expect(normalizeEmail(`${'ö'.repeat(32)}@example.com`).ok).toBe(true);
    expect(normalizeEmail(`${'ö'.repeat(33)}@example.com`).ok).toBe(false);
    expect(normalizeEmail(`ann@${'ö'.repeat(50)}.com`).ok).toBe(true);
    expect(normalizeEmail(`ann@${'ö'.repeat(60)}.com`).ok).toBe(false);
  });

  test('a refusal does not repeat the address', () => {
    const answer = normalizeEmail('very.private@@example.com');
    expect(JSON.stringify(answer)).not.toContain('private');
  });

  test('no input takes long, nor throws, however it is made', () => {
    const part = fc.constantFrom('a', '.', '@', '+', '-', ' ', '\u0301', '\ud83d\ude00', 'a.', '-a');
    fc.assert(
      fc.property(
        part,
        fc.integer({ min: 0, max: 200_000 }),
        fc.constantFrom('', '@', '@x.com', '!'),
        (one, times, tail) => {
          const started = performance.now();
          normalizeEmail(one.repeat(times) + tail);
          expect(performance.now() - started).toBeLessThan(2000);
        },
      ),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        (raw) => typeof normalizeEmail(raw).ok === 'boolean',
      ),
    );
  });
});
