import { describe, expect, it } from 'vitest';
import { UserError } from '../user-error.ts';
import { readOptions } from './options.ts';

describe('the options of npm run demo', () => {
  it('take all customers, and stop what was started, when nothing is said', () => {
    expect(readOptions([], 2_357)).toEqual({ customers: 2_357, keep: false, help: false });
    expect(readOptions(['--customers', '60', '--keep'], 2_357)).toEqual({
      customers: 60,
      keep: true,
      help: false,
    });
    expect(readOptions(['-h'], 2_357).help).toBe(true);
  });

  it.each(['0', '-5', '2358', '1e3', 'ten', '', '1.5', '99999999999999999999'])(
    'refuse “%s” customers with the range that is allowed',
    (count) => {
      expect(() => readOptions([`--customers=${count}`], 2_357)).toThrow(UserError);
      expect(() => readOptions([`--customers=${count}`], 2_357)).toThrow(/from 1 to 2357/);
    },
  );

  it('refuse what they do not know and say where they are explained', () => {
    expect(() => readOptions(['--fast'], 2_357)).toThrow(UserError);
    expect(() => readOptions(['--customers'], 2_357)).toThrow(/--help/);
    expect(() => readOptions(['60'], 2_357)).toThrow(/--help/);
  });
});
