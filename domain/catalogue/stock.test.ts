import { expect, test } from 'vitest';
import { restock, STOCK_MAX } from './stock.ts';

test.each([
  ['more is added', 3, 2, 5],
  ['all is taken', 3, -3, 0],
  ['it becomes full', STOCK_MAX - 1, 1, STOCK_MAX],
])('a stock holds what it should when %s', (_what, stock, by, after) => {
  expect(restock(stock, by)).toEqual({ ok: true, value: after });
});

test.each([
  ['below zero', 3, -4, 'out_of_stock'],
  ['above its limit', STOCK_MAX, 1, 'item_invalid'],
  ['where none is counted', null, 1, 'item_invalid'],
])('a stock never goes %s', (_what, stock, by, code) => {
  expect(restock(stock, by)).toMatchObject({ ok: false, code });
});
