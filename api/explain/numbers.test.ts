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

test('says nothing of events that changed nothing for others', () => {
  for (const none of [undefined, null, {}]) {
    expect(explainRenumbered(createSpeaker(english), none)).toEqual([]);
  }
});
