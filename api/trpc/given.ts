type Given<F> = { -readonly [K in keyof F]?: Exclude<F[K], undefined> };

/** The filters that the caller gave; Prisma tells undefined from absent. */
export function given<F extends object>(filters: F): Given<F> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)) as Given<F>;
}
