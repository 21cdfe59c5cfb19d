/** Something the person at the terminal can put right: its message is one sentence that says what to do. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
