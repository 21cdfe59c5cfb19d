import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkJsonShape,
  JSON_DEPTH_MAX,
  JSON_FIELDS_MAX,
  JSON_ITEMS_MAX,
  JSON_VALUES_MAX,
} from './json-shape.ts';

const refusal = (text: string): string | null => {
  try {
    checkJsonShape(text);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const list = (items: number, item = '1') => `[${Array(items).fill(item).join(',')}]`;
const object = (fields: number) => `{${Array.from({ length: fields }, (_, nth) => `"k${nth}":1`).join(',')}}`;

describe('the shape of JSON', () => {
  it.each([
    ['levels', nested, JSON_DEPTH_MAX],
    ['fields of an object', object, JSON_FIELDS_MAX],
    ['items of a list', list, JSON_ITEMS_MAX],
    // Eight lists, which count too, with numbers.
    ['values', (count: number) => list(8, list(count / 8 - 1)), JSON_VALUES_MAX],
  ])('is refused for one more than the limit of %s', (_what, make, limit) => {
    expect(refusal(make(limit))).toBeNull();
    expect(refusal(make(limit + (limit === JSON_VALUES_MAX ? 8 : 1)))).toBe('input_too_complex');
  });

  it('says nothing of what is in texts, however they are escaped', () => {
    for (const text of ['[[[', '{"', '\\"[{', ',,,,', '\\\\', 'a"b\\"c\\\\"']) {
      const long = text.repeat(JSON_VALUES_MAX);
      expect(refusal(JSON.stringify({ [long.slice(0, 1_000)]: long }))).toBeNull();
      expect(refusal(`[${JSON.stringify(long)},${nested(JSON_DEPTH_MAX)}]`)).toBe('input_too_complex');
    }
  });

  it('leaves to the parser what is no JSON', () => {
    for (const text of ['', '"', '"\\', ',,,', ']]]]', '}{', '{"a":', 'null'])
      expect(refusal(text)).toBeNull();
  });

  it('counts as the parser does, in any JSON', () => {
    const depthOf = (value: unknown): number =>
      value !== null && typeof value === 'object' ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.json({ maxDepth: 40 }), fc.nat(40), (inner, wraps) => {
        const text = '['.repeat(wraps) + inner + ']'.repeat(wraps);
        expect(refusal(text) === null).toBe(depthOf(JSON.parse(text)) <= JSON_DEPTH_MAX);
      }),
    );
  });
});
