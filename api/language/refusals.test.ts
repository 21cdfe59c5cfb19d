import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REFUSAL_CODES, type RefusalCode } from '../../domain/refusal.ts';
import { german } from './de.ts';
import { english } from './en.ts';
import { SENTENCE_NAMES } from './language.ts';
import { createSpeaker } from './speaker.ts';

const speaker = createSpeaker(german);

/** A refusal in the source whose sentence names something that is known only when it is said. */
interface Naming {
  readonly file: string;
  readonly code: string;
  /** The sentence, with `…` where something is named. */
  readonly sentence: string;
}

const ROOMS = ['domain', 'engine', 'activities', 'ledger'];
const SOURCES = ROOMS.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

/** Templates of one or more literals that follow a code. */
const REFUSALS = /refuse\(\s*'(\w+)',\s*((?:(?:`[^`]*`|'[^']*')[\s+]*)+),?\s*\)/g;
const NAMED = /\$\{[^}]*\}/;
const NAMED_ALL = new RegExp(NAMED, 'g');

const namingIn = (file: string): Naming[] =>
  [...readFileSync(file, 'utf8').matchAll(REFUSALS)].flatMap(([, code = '', written = '']) => {
    const sentence = [...written.matchAll(/[`'](.*?)[`'](?=\s*(?:\+|$))/gs)].map(([, part]) => part).join('');
    return NAMED.test(sentence) ? [{ file, code, sentence: sentence.replaceAll(NAMED_ALL, '…') }] : [];
  });

const NAMINGS = SOURCES.flatMap(namingIn);

/**
 * Files whose refusals answer a request at once, in English as all of the API does, and are never on record
 * for an explanation; and those that name a state by its English word, where the German says the code alone.
 */
const NEVER_ON_RECORD: readonly RegExp[] = [
  /^domain\/(iso4217|money)\.ts$/,
  /^domain\/(billing|catalogue\/stock|ledger|links|members|payouts|programs|rates|tokens)/,
  /^domain\/rules\/(condition|expression)\.ts$/,
];
const STATES: ReadonlySet<string> = new Set([
  'The referral has ended: it is ….',
  'The referral is …, which is final; it cannot ….',
  'There is no referral yet that could ….',
  'The redemption is over: it is ….',
  'The redemption is ….',
  'The survey is over: it is ….',
  'The survey is …: there is nothing to ….',
  'The answer must be ….',
  'A referral that is … cannot ….',
]);

/** Its parts have words of their own, which have a test of their own. */
const CAP = 'This rule grants at most … ….';

/** A sentence as it may come on record: every name a number that is found nowhere else. */
const filled = (sentence: string) => {
  let nth = 0;
  const names: string[] = [];
  const said = sentence.replaceAll('…', () => {
    const name = String(70_001 + nth++);
    names.push(name);
    return name;
  });
  return { said, names };
};

describe('a refusal that names something', () => {
  const named = NAMINGS.filter(
    ({ file, sentence }) =>
      sentence !== CAP && !STATES.has(sentence) && !NEVER_ON_RECORD.some((it) => it.test(file)),
  );

  it('is found in the source', () => {
    expect(named.length).toBeGreaterThan(15);
    const sentences = new Set(NAMINGS.map(({ sentence }) => sentence));
    expect([...STATES, CAP].filter((sentence) => !sentences.has(sentence))).toEqual([]);
  });

  it.each(named)('$code in $file names the same in German: $sentence', ({ code, sentence }) => {
    const { said, names } = filled(sentence);
    const inGerman = speaker.why(code, said);
    expect(inGerman).not.toBe(said);
    expect(inGerman).not.toBe(german.codes.refusals.get(code));
    expect(names.filter((name) => !inGerman.includes(name))).toEqual([]);
  });

  it.each([
    ['3 times in all', ['3']],
    ['3 times in 30 days', ['3', '30']],
    ['500 points in all', ['500']],
    ['500 points in 7 days', ['500', '7']],
    ['900 minor units of EUR in all', ['900', 'EUR']],
    ['900 minor units of EUR in 365 days', ['900', 'EUR', '365']],
  ])('cap_reached names the same in German: %s', (limit, names) => {
    const inGerman = speaker.why('cap_reached', `This rule grants at most ${limit}.`);
    expect(inGerman).toMatch(/^Diese Regel gewährt/);
    expect(names.filter((name) => !inGerman.includes(name))).toEqual([]);
  });
});

/** Every German text there is, by what it is for. */
const TEXTS: readonly (readonly [string, string])[] = [
  ...SENTENCE_NAMES.map((name) => [name, german.sentences[name]] as const),
  ...Object.values(german.codes).flatMap((codes: ReadonlyMap<string, string>) => [...codes]),
  ...german.details.map(({ code, says }) => [code, says] as const),
];

/** A reader who is called Sie, or du: a pronoun for things begins its sentence, and is not meant. */
const ADDRESSES = /[\p{L},;] Sie\b|\b(Ihnen|Ihr(e[mnrs]?)?|[Dd](u|ich|ir)|[Dd]ein(e[mnrs]?)?|euch|euer)\b/u;

describe('what is said in German', () => {
  it('has a meaning for every code of a refusal, and for no other', () => {
    expect([...german.codes.refusals.keys()].sort()).toEqual([...REFUSAL_CODES].sort());
    const known: ReadonlySet<string> = new Set<RefusalCode>(REFUSAL_CODES);
    expect(german.details.filter(({ code }) => !known.has(code))).toEqual([]);
  });

  it.each(TEXTS)('%s is there, and calls the reader neither du nor Sie: %s', (_, text) => {
    expect(text.trim()).not.toBe('');
    expect(text).not.toMatch(ADDRESSES);
  });

  it.each([...german.codes.refusals, ...german.details.map(({ code, says }) => [code, says] as const)])(
    '%s is a sentence: %s',
    (_, text) => expect(text).toMatch(/^[\p{Lu}„$].*\.$/su),
  );

  it('is never the English', () => {
    const same = SENTENCE_NAMES.filter(
      (name) =>
        german.sentences[name] === english.sentences[name] && /\p{L}{4}/u.test(english.sentences[name]),
    );
    expect(same).toEqual([]);
    const sources = SOURCES.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect([...german.codes.refusals.values()].filter((text) => sources.includes(text))).toEqual([]);
  });

  it.each([
    'Warten Sie.',
    'Bitte, Sie sind dran.',
    'Wir sagen es Ihnen.',
    'Hast du Zeit?',
    'Es ist dein Link.',
  ])('would be seen to address the reader: %s', (text) => expect(text).toMatch(ADDRESSES));
});
