import { ApiError } from './errors.ts';

/** How deep lists and objects may lie in each other. */
export const JSON_DEPTH_MAX = 32;
/** Fields of one object. The widest that comes is an object of Stripe's, of about a hundred. */
export const JSON_FIELDS_MAX = 256;
/** Items of one list, as many as one call adds coupons. */
export const JSON_ITEMS_MAX = 5_000;
/** Fields and items of all objects and lists together: more than 500 events with all that they may have. */
export const JSON_VALUES_MAX = 40_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Refuses a text of JSON with more in it than anything that we take, before somebody builds it, walks through
 * it, or lists what is wrong with each part. One pass over the characters, whatever they are: whether it is
 * JSON at all, the parser says. Throws `input_too_complex`.
 */
export function checkJsonShape(text: string): void {
  const levels = new Levels();
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfText(text, at);
    else if (character === COMMA) levels.next();
    else if (character === OPEN_LIST) levels.open(JSON_ITEMS_MAX);
    else if (character === OPEN_OBJECT) levels.open(JSON_FIELDS_MAX);
    else if (character === CLOSE_LIST || character === CLOSE_OBJECT) levels.close();
  }
}

/** The lists and objects that are open at a place of a text. */
class Levels {
  /** How many more each of them may have. */
  readonly #left: number[] = [];
  #values = 0;

  /** One begins; it holds something, or is something, and counts as one either way. */
  open(count_max: number): void {
    this.#left.push(count_max - 1);
    if (this.#left.length > JSON_DEPTH_MAX) refuse();
    this.#count();
  }

  /** A comma: the innermost has one more. Outside of all it is no JSON, and the parser says so. */
  next(): void {
    const level = this.#left.length - 1;
    const left = this.#left[level];
    if (left === undefined) return;
    if (left === 0) refuse();
    this.#left[level] = left - 1;
    this.#count();
  }

  close(): void {
    this.#left.pop();
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > JSON_VALUES_MAX) refuse();
  }
}

/** Where the text in quotes ends that begins at `start`. */
function endOfText(text: string, start: number): number {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
    // No end: no JSON.
    if (end < 0) return text.length;
  } while (isEscaped(text, end));
  return end;
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

function refuse(): never {
  throw new ApiError(
    'input_too_complex',
    `JSON may be ${JSON_DEPTH_MAX} levels deep, with ${JSON_FIELDS_MAX} fields in an object, ` +
      `${JSON_ITEMS_MAX} items in a list, and ${JSON_VALUES_MAX} of both together: send it in parts.`,
  );
}
