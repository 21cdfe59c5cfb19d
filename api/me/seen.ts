import type { z } from 'zod';
import type { Page } from '../trpc/cursor.ts';

/** An answer's schema whose fields are the ones that are shown. */
type Shown<T> = z.ZodType<T> & { readonly shape: object };

/** Takes from an item what a member sees: the fields that the schema names, and no other. */
export function seen<T extends object>({ shape }: Shown<T>, item: T): T {
  const shown = Object.entries(item).filter(([field]) => Object.hasOwn(shape, field));
  return Object.fromEntries(shown) as T;
}

/** The same of each item of a page. */
export const seenPage = <T extends object>(schema: Shown<T>, { items, nextCursor }: Page<T>): Page<T> => ({
  items: items.map((item) => seen(schema, item)),
  nextCursor,
});
