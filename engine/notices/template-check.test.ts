import { describe, expect, it } from 'vitest';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { checkPolicy } from '../../domain/policies/check.ts';
import { testNotices } from '../../tests/support/notices.ts';
import { testPolicy } from '../../tests/support/seed.ts';
import { checkTemplates } from './template-check.ts';

const policy = (changes: Partial<NoticePolicy>) => testPolicy({ notices: testNotices(changes) });

function withTemplate(kind: string, subject: string, text: string, locale = 'en') {
  return policy({ templates: { [kind]: { [locale]: { subject, text } } } });
}

describe('a program’s own texts', () => {
  it.each([
    ['a plain text', 'level.reached', 'Up', 'You made it.'],
    ['all variables', 'level.reached', '{level}', 'At {program}: {level}'],
    [
      'plurals and ordinals',
      'referral.qualified',
      '{nth, selectordinal, one {#st} other {#th}}',
      '{nth, plural, =1 {one} other {#}}',
    ],
    ['a choice', 'reward.granted', 'New', '{benefit, select, badge {{label}} other {{amount}}}'],
    ['angle brackets', 'level.reached', 'a < b', '<b>{level}</b>'],
    ['a link that has to be there', 'survey.asked', 'Hi', 'See {url}'],
  ])('may have %s', (_, kind, subject, text) => {
    expect(checkTemplates(withTemplate(kind, subject, text))).toMatchObject({ ok: true });
  });

  it.each([
    ['an unknown variable', 'level.reached', 'Hi {name}', 'Yes', 'level.reached.en.subject'],
    [
      'an unknown variable within a choice',
      'reward.granted',
      'Hi',
      '{benefit, select, badge {{who}} other {x}}',
      'reward.granted.en.text',
    ],
    ['another kind’s variable', 'level.reached', 'Hi', '{amount}', 'level.reached.en.text'],
    ['a name of JavaScript’s own', 'level.reached', 'Hi', '{constructor}', 'level.reached.en.text'],
    ['money that is counted', 'reward.available', '{amount, number}', 'Hi', 'reward.available.en.subject'],
    ['a text that is counted', 'level.reached', 'Hi', '{level, plural, other {#}}', 'level.reached.en.text'],
    ['a date', 'referral.qualified', 'Hi', '{nth, date}', 'referral.qualified.en.text'],
    ['a brace that is not closed', 'level.reached', 'Hi', '{level', 'level.reached.en.text'],
    [
      'a choice without other',
      'reward.granted',
      'Hi',
      '{benefit, select, badge {x}}',
      'reward.granted.en.text',
    ],
    ['no link where there has to be one', 'survey.asked', '{url}', 'Please answer', 'survey.asked.en.text'],
  ])('with %s are refused, with the place', (_, kind, subject, text, at) => {
    const refused = checkTemplates(withTemplate(kind, subject, text));
    expect(refused).toMatchObject({ ok: false, code: 'policy_invalid' });
    expect(!refused.ok && refused.message).toContain(`notices.templates.${at}: `);
    expect(!refused.ok && refused.message.match(/notices\.templates/g)).toHaveLength(1);
  });

  it('are checked in every locale, German as English', () => {
    const good = { subject: 'Hi', text: 'Hi {level}' };
    const templates = { 'level.reached': { en: good, de: { subject: 'Hallo {stufe}', text: 'Hallo' } } };
    const refused = checkTemplates(policy({ templates }));
    expect(!refused.ok && refused.message).toContain('notices.templates.level.reached.de.subject: ');
  });

  it('what the refusal says does not repeat what was sent', () => {
    const refused = checkTemplates(withTemplate('level.reached', '{secret_word}', '{another secret'));
    expect(!refused.ok && refused.message).not.toContain('secret');
  });
});

describe('the section’s form', () => {
  const judged = (changes: Partial<NoticePolicy>) => checkPolicy(policy(changes));

  it('is fine as most programs have it, and without quiet hours', () => {
    expect(judged({})).toMatchObject({ ok: true });
    expect(judged({ quiet_hours: { from: '22:00', to: '08:00' }, kinds: {} })).toMatchObject({ ok: true });
    expect(judged({ templates: { 'level.reached': { 'zh-Hant-TW': { subject: 'a', text: 'b' } } } }).ok).toBe(
      true,
    );
  });

  it.each([
    [
      'quiet hours that are no time of day',
      { quiet_hours: { from: '24:00', to: '08:00' } },
      'quiet_hours.from',
    ],
    ['quiet hours that never end', { quiet_hours: { from: '08:00', to: '08:00' } }, 'quiet_hours:'],
    ['no e-mail a day', { email_per_day_max: 0 }, 'email_per_day_max'],
    ['half an e-mail a day', { email_per_day_max: 1.5 }, 'email_per_day_max'],
    ['an unknown kind', { kinds: { 'reward.gratned': { inbox: true, email: true } } }, 'kinds'],
    ['a text of an unknown kind', { templates: { nope: { en: { subject: 'a', text: 'b' } } } }, 'templates'],
    ['a text for no locale', { templates: { 'level.reached': {} } }, 'templates.level.reached'],
    [
      'a text for no real locale',
      { templates: { 'level.reached': { english: { subject: 'a', text: 'b' } } } },
      'templates.level.reached',
    ],
    [
      'an empty subject',
      { templates: { 'level.reached': { de: { subject: ' ', text: 'b' } } } },
      'templates.level.reached.de.subject',
    ],
  ] as const)('%s is refused, with the place', (_, changes, at) => {
    const refused = judged(changes as Partial<NoticePolicy>);
    expect(refused).toMatchObject({ ok: false, code: 'policy_invalid' });
    expect(!refused.ok && refused.message).toContain(`notices.${at}`);
  });
});
