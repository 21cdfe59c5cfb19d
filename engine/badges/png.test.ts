import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bakePng, cleanPng, drawPng } from './png.ts';

const picture = () => drawPng(3, (x, y) => [x, y, 0, 255]);

test('a picture that we drew is one that we take, and cleaning it again changes nothing', () => {
  const clean = cleanPng(picture());
  expect(clean).toEqual(picture());
  expect(cleanPng(clean ?? Buffer.alloc(0))).toEqual(clean);
});

test('cleaning takes a baked credential and its words out again', () => {
  const baked = bakePng(picture(), '{"name":"Ann"}');
  expect(baked.includes('Ann')).toBe(true);
  expect(cleanPng(baked)).toEqual(picture());
});

test('a picture has one credential, however often it is baked', () => {
  const twice = bakePng(bakePng(picture(), '{"first":1}'), '{"second":"é"}');
  expect(twice.toString('latin1').match(/openbadgecredential/g)).toHaveLength(1);
  expect(twice.includes('{"second":"é"}')).toBe(true);
});

test('whatever one byte of a picture is changed to, it is refused', () => {
  const good = picture();
  const property = fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
    const bad = Buffer.from(good);
    bad[at] = (bad[at] ?? 0) ^ flip;
    return cleanPng(bad) === null;
  });
  fc.assert(property, { numRuns: 300 });
});

test('bytes that are anything at all are refused without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => cleanPng(Buffer.from(bytes)) === null),
    { numRuns: 300 },
  );
});
