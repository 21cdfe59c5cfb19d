import { expect, test } from 'vitest';
import { blockedRefusal } from '../../domain/members/block.ts';
import { german } from '../language/de.ts';
import { english } from '../language/en.ts';
import { createSpeaker } from '../language/speaker.ts';
import { explainRenumbered } from './numbers.ts';

const { code, message } = blockedRefusal;
const trace = {
  renumbered: {
    taken: [{ ruleId: 'first', events: 1, points: '10' }],
    granted: [{ ruleId: 'even', events: 2, points: '6' }],
    refused: [{ ruleId: 'odd', events: 2, code, message }],
  },
};

test('says what a late event changed for the points of later ones, in English and German', () => {
  expect(explainRenumbered(createSpeaker(english), trace)).toEqual([
    'It came late, and 1 later event has another number by it: rule “first” took back 10 points.',
    'It came late, and 2 later events have other numbers by it: rule “even” gave 6 points.',
    `It came late, and 2 later events have other numbers by it: rule “odd” would give points, and did not ` +
      `(member_blocked): ${message}`,
  ]);
  expect(explainRenumbered(createSpeaker(german), trace).slice(0, 2)).toEqual([
    'Es kam spät und gibt 1 späteren Ereignis eine andere Nummer: Die Regel „first“ nahm zurück: 10 Punkte.',
    'Es kam spät und gibt 2 späteren Ereignissen andere Nummern: Die Regel „even“ gab 6 Punkte.',
  ]);
});

test('says what was asked again as to who had brought a member, in English and German', () => {
  const recounted = { recounted: trace.renumbered };
  const then = 'By who had brought the member and how many friends had qualified by then, of';
  expect(explainRenumbered(createSpeaker(english), recounted)).toEqual([
    `${then} 1 event rule “first” took back 10 points.`,
    `${then} 2 events rule “even” gave 6 points.`,
    `${then} 2 events rule “odd” would give points, and did not (member_blocked): ${message}`,
  ]);
  const dann =
    'Danach, wer das Mitglied geworben hatte und wie viele Geworbene bis dahin qualifiziert waren, bei';
  expect(explainRenumbered(createSpeaker(german), recounted).slice(0, 2)).toEqual([
    `${dann} 1 Ereignis: Die Regel „first“ nahm zurück: 10 Punkte.`,
    `${dann} 2 Ereignissen: Die Regel „even“ gab 6 Punkte.`,
  ]);
});

test('says nothing of events that changed nothing for others', () => {
  for (const none of [undefined, null, {}]) {
    expect(explainRenumbered(createSpeaker(english), none)).toEqual([]);
  }
});
