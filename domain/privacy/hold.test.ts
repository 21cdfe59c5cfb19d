import { expect, it } from 'vitest';
import { holdEnd } from './hold.ts';

it('a record is kept for whole years after the end of the year of its payment', () => {
  const endOf = (day: string, years: number) => new Date(holdEnd(Date.parse(day), years)).toISOString();
  expect(endOf('2026-01-01T00:00:00Z', 8)).toBe('2035-01-01T00:00:00.000Z');
  expect(endOf('2026-12-31T23:59:59Z', 8)).toBe('2035-01-01T00:00:00.000Z');
  expect(endOf('2027-01-01T00:00:00Z', 1)).toBe('2029-01-01T00:00:00.000Z');
});
