import type { Database, Tx } from '../../prisma/client.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';

/** An item of the program. Throws `item_unknown`. */
export async function findItem(db: Database | Tx, programId: string, itemId: string): Promise<CatalogueItem> {
  const row = await db.catalogueItem.findUnique({ where: { programId_id: { programId, id: itemId } } });
  if (row === null) throw fail('item_unknown', 'There is no such item.');
  return row;
}

/** The same, locked against changes until the transaction ends. */
export async function lockItem(tx: Tx, programId: string, itemId: string): Promise<CatalogueItem> {
  await tx.$queryRaw`
    SELECT 1 FROM catalogue_items
    WHERE program_id = ${programId}::uuid AND id = ${itemId}::uuid FOR NO KEY UPDATE`;
  return await findItem(tx, programId, itemId);
}
