import type { Database, Tx } from '../../prisma/client.ts';

/**
 * The member's lifetime level, for what a catalogue keeps to members from a level on; null: none. Levels are not counted in this
 * version, so nobody has one, and an item with a minimum level is for nobody: this is the one place that has to know them.
 */
export async function levelOf(
  _tx: Database | Tx,
  _programId: string,
  _memberId: string,
): Promise<number | null> {
  return null;
}
