import { ok, type Result, refuse } from '../refusal.ts';

/** The most units that a stock holds. */
export const STOCK_MAX = 1_000_000_000;

/**
 * Returns a stock after `by` units were added, or taken away when `by` is negative. `stock` null: the item
 * counts no units. Refusals: `item_invalid`, `out_of_stock`.
 */
export function restock(stock: number | null, by: number): Result<number> {
  if (stock === null) return refuse('item_invalid', 'This item counts no stock.');
  if (stock + by < 0) return refuse('out_of_stock', 'The stock holds less than that.');
  if (stock + by > STOCK_MAX) return refuse('item_invalid', `A stock is at most ${STOCK_MAX}.`);
  return ok(stock + by);
}
