/** What an operator wrote into a command, or the trace of it. */
export function noteIn(source: unknown): string | null {
  const { note } = (source ?? {}) as { readonly note?: unknown };
  return typeof note === 'string' ? note : null;
}
