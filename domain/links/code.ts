import { ok, type Result, refuse } from '../refusal.ts';

/**
 * Digits and letters without 0, 1, i, l and o, which people confuse when they read a code aloud or copy it.
 */
export const CODE_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';
/** 31^7 = 27.5 thousand million codes. */
export const CODE_LENGTH = 7;

/**
 * The largest multiple of the alphabet's length in a byte. A byte from here on would favour the first
 * letters.
 */
const BYTE_LIMIT = 256 - (256 % CODE_ALPHABET.length);

/**
 * Makes a link code from the caller's random bytes; every clean code is equally likely. Drops a code that
 * reads as profanity and goes on with the next bytes. Returns null when the bytes run out: 32 are enough but
 * once in many millions.
 */
export function codeFrom(bytes: Uint8Array): string | null {
  let code = '';
  for (const byte of bytes) {
    if (byte >= BYTE_LIMIT) continue;
    code += CODE_ALPHABET.charAt(byte % CODE_ALPHABET.length);
    if (code.length < CODE_LENGTH) continue;
    if (!isProfane(code)) return code;
    code = '';
  }
  return null;
}

const wordsOf = (...lines: readonly string[]): string[] => lines.flatMap((line) => line.split(' '));

/** Words that hardly occur inside innocent ones: refused wherever they stand. */
const ANYWHERE = wordsOf(
  'fuck fvck shit bitch nigger nigga faggot whore pussy penis vagina asshole dildo wank blowjob hitler',
  'retard porn bastard kkk',
);

/**
 * Words that innocent ones contain (class, cocktail, grape): refused in a generated code, or as a whole part
 * of a slug.
 */
const ALONE = wordsOf(
  'ass arse anal anus azz butt cock coon cum cunt dick dyke fag fck fuc fuk fux gook jap kike nazi paki',
  'poo pee prick rape sex slut spic sht tit tits turd twat cnt dck xxx',
);

/** What a character reads as, on both sides of the comparison: l, i and 1 are one, and so are u and v. */
const READ_AS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  l: 'i',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  v: 'u',
};
const fold = (text: string): string =>
  Array.from(text.toLowerCase(), (character) => READ_AS[character] ?? character).join('');

const ANYWHERE_FOLDED = ANYWHERE.map(fold);
const ALONE_FOLDED = ALONE.map(fold);

/**
 * Whether a generated code reads as profanity, with digits as the letters they look like. Strict, as codes
 * are free.
 */
export function isProfane(code: string): boolean {
  const read = fold(code);
  return [...ANYWHERE_FOLDED, ...ALONE_FOLDED].some((word) => read.includes(word));
}

/** Whether a slug that a person chose is profane. Milder than for codes: `class-of-26` and `push-it` pass. */
function isProfaneSlug(slug: string): boolean {
  const parts = fold(slug).split('-');
  // Letters set apart by dashes are read together.
  const spelled = parts.filter((part) => part.length === 1).join('');
  return [...parts, spelled].some(
    (part) => ALONE_FOLDED.includes(part) || ANYWHERE_FOLDED.some((word) => part.includes(word)),
  );
}

export const SLUG_LENGTH_MIN = 3;
export const SLUG_LENGTH_MAX = 50;
const SLUG = /^[a-z0-9-]+$/;

/** Words that would pass for the product's own pages or for its operator. */
const RESERVED: ReadonlySet<string> = new Set(
  wordsOf(
    'about abuse account admin administrator api app assets auth billing blog console contact dashboard',
    'docs email false health healthz help invite legal link links login logout mail me metrics new none',
    'null official openapi operator portal privacy public readyz redeem referral referrals register',
    'reward rewards root security settings signin signup static status support system terms true trpc',
    'undefined user users www',
  ),
);

/**
 * Reads a vanity slug: 3–50 of a–z, 0–9 and dashes, none at either end; capitals are lowered.
 * Refusals: `slug_malformed`, `slug_reserved`, `slug_profane`.
 */
export function checkSlug(raw: string): Result<string> {
  if (raw.length < SLUG_LENGTH_MIN || raw.length > SLUG_LENGTH_MAX) {
    return refuse('slug_malformed', `A slug has ${SLUG_LENGTH_MIN} to ${SLUG_LENGTH_MAX} characters.`);
  }
  const slug = raw.toLowerCase();
  if (!SLUG.test(slug)) {
    return refuse('slug_malformed', 'A slug is made of the letters a to z, digits and dashes.');
  }
  if (slug.startsWith('-') || slug.endsWith('-')) {
    return refuse('slug_malformed', 'A slug neither begins nor ends with a dash.');
  }
  if (RESERVED.has(slug)) return refuse('slug_reserved', 'That slug is kept for the product itself.');
  if (isProfaneSlug(slug)) {
    return refuse('slug_profane', 'That slug can be read as an insult or an obscenity.');
  }
  return ok(slug);
}
