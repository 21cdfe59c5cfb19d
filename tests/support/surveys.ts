import type { Database } from '../../prisma/client.ts';

/** Types of what was told about surveys, in order. */
export async function newsOf(db: Database, programId: string): Promise<string[]> {
  const told = await db.outbox.findMany({
    where: { programId, type: { startsWith: 'survey.' } },
    orderBy: { id: 'asc' },
  });
  return told.map(({ type }) => type);
}
