/**
 * Until when a record of a payment is kept, in milliseconds since 1970: so many whole years after the end of
 * the year, in UTC, in which it was paid, as tax laws count them.
 */
export const holdEnd = (paid_at_ms: number, years: number): number =>
  Date.UTC(new Date(paid_at_ms).getUTCFullYear() + 1 + years, 0, 1);
