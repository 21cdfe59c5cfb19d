import { expect, it } from 'vitest';
import { CachedLookup } from './cached-lookup.ts';

function setup(values: Record<string, string>) {
  const loads: string[] = [];
  let now_ms = 0;
  const lookup = new CachedLookup<string>(
    async (key) => {
      loads.push(key);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return values[key] ?? null;
    },
    () => now_ms,
    1_000,
    2,
  );
  return {
    lookup,
    loads,
    advance: (ms: number) => {
      now_ms += ms;
    },
  };
}

it('concurrent misses share one load, and the value holds for its time', async () => {
  const { lookup, loads, advance } = setup({ a: 'A' });
  expect(await Promise.all([lookup.get('a'), lookup.get('a')])).toEqual(['A', 'A']);
  advance(999);
  expect(await lookup.get('a')).toBe('A');
  expect(loads).toEqual(['a']);
  advance(1);
  await lookup.get('a');
  expect(loads).toEqual(['a', 'a']);
});

it('a load that began before the key was forgotten does not bring the old value back', async () => {
  const values: Record<string, string> = { a: 'old' };
  const { lookup } = setup(values);
  const early = lookup.get('a');
  await new Promise((resolve) => setTimeout(resolve, 1));
  lookup.forget('a');
  expect(await early).toBe('old');
  values['a'] = 'new';
  expect(await lookup.get('a')).toBe('new');
});

it('absence is not remembered, and the oldest entry makes room', async () => {
  const values: Record<string, string> = { a: 'A', b: 'B', c: 'C' };
  const { lookup, loads } = setup(values);
  expect(await lookup.get('x')).toBeNull();
  values['x'] = 'X';
  expect(await lookup.get('x')).toBe('X');
  for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await lookup.get(key);
  expect(loads).toEqual(['x', 'x', 'a', 'b', 'c', 'a']);
});
