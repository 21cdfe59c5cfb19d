import { expect, test } from 'vitest';
import { normalizeEmail } from '../../domain/members/email.ts';
import { MAIL_KINDS, mailKind } from '../../domain/members/mail-kind.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { judge } from '../../domain/referrals/fraud.ts';
import { must } from '../../domain/refusal.ts';
import { CLEAN_SIGNUP } from '../../tests/support/fraud.ts';
import { isDisposable } from './disposable.ts';

test.each(['mailinator.com', 'sub.mailinator.com', 'a.b.mailinator.com', 'sharklasers.com', 'yopmail.com'])(
  '%s is disposable',
  (domain) => {
    expect(isDisposable(domain)).toBe(true);
  },
);

test.each(['shop.example', 'xn--mller-kva.de', 'mailinator.com.example', 'com', 'a_b.example'])(
  '%s is not, for the list has neither it nor a domain above it',
  (domain) => {
    expect(isDisposable(domain)).toBe(false);
  },
);

test('no domain of a known kind is disposable, nor reviewed for its kind under the built-in policy', () => {
  for (const [domain, kind] of MAIL_KINDS) {
    expect(isDisposable(domain), domain).toBe(false);
    const email = must(normalizeEmail(`bob@${domain}`));
    const answer = judge(builtinPolicy().fraud, {
      ...CLEAN_SIGNUP,
      referred_email_key: email.key,
      email_kind: mailKind(email.domain),
      email_disposable: isDisposable(email.domain),
    });
    expect(answer.verdict, domain).toBe('allow');
    expect(
      answer.signals.map(({ name }) => name),
      domain,
    ).toEqual(kind === 'free' ? [] : [kind === 'vanity' ? 'email_vanity' : 'email_forwarded']);
  }
});
