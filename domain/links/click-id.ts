const VERSION_7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * Returns when a click happened, in milliseconds, by its id alone: ids of clicks are UUIDs of version 7,
 * which begin with their time (RFC 9562). Null: the id has another form, so the redirect did not make it.
 */
export function clickTimeOf(clickId: string): number | null {
  const parts = VERSION_7.exec(clickId);
  return parts === null ? null : Number.parseInt(`${parts[1]}${parts[2]}`, 16);
}
