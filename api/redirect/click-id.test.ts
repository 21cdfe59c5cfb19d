import { expect, it } from 'vitest';
import { newClickId } from './click-id.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('click ids are UUIDs of version 7, unique within one millisecond, and carry the time', () => {
  const now_ms = Date.UTC(2026, 4, 1);
  const ids = Array.from({ length: 20_000 }, () => newClickId(now_ms));
  expect(ids.every((id) => V7.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16)).toBe(now_ms);
});
