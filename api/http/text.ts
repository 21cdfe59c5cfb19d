import { ApiError } from './errors.ts';
import { checkJsonShape } from './json-shape.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
const SUSPECT = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/** The text of a body. Throws `utf8_invalid` for bytes that are none. */
export function decodeUtf8(body: Buffer): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new ApiError('utf8_invalid', 'The body is not valid UTF-8.');
  }
}

/**
 * Parses JSON. Throws `input_too_complex`, `json_invalid`, and what `checkTexts` throws.
 */
export function parseJson(text: string): unknown {
  const value = parseUncheckedJson(text);
  // Such characters can only have come as escapes, so most bodies need no second look.
  if (SUSPECT.test(text)) checkTexts(value);
  return value;
}

/** The same for a caller who calls `checkTexts` on each part by itself. */
export function parseUncheckedJson(text: string): unknown {
  checkJsonShape(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('json_invalid', 'The input is not valid JSON.');
  }
}

/**
 * Throws `text_invalid` when a text in a value of JSON could not be stored: PostgreSQL takes neither a NUL
 * character nor half of a surrogate pair. `checkJsonShape` bounds how deep this goes.
 */
export function checkTexts(value: unknown): void {
  if (typeof value === 'string') {
    if (value.includes('\u0000') || /\p{Surrogate}/u.test(value)) {
      throw new ApiError('text_invalid', 'A text holds a NUL character or half of a surrogate pair.');
    }
  } else if (Array.isArray(value)) {
    for (const item of value) checkTexts(item);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      checkTexts(key);
      checkTexts(item);
    }
  }
}
