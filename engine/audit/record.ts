import type { Tx } from '../../prisma/client.ts';

/** Records who did what, in the same transaction as the deed. */
export async function audit(
  tx: Tx,
  entry: {
    readonly programId: string | null;
    readonly actor: string;
    readonly action: string;
    readonly subject: string;
    readonly detail?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
  },
): Promise<void> {
  await tx.auditEntry.create({
    data: {
      ...entry,
      detail: Object.fromEntries(
        Object.entries(entry.detail ?? {}).map(([name, item]) => [name, toJson(item)]),
      ),
    },
    select: { id: true },
  });
}

function toJson(item: string | number | boolean | null | readonly string[]) {
  return typeof item === 'object' && item !== null ? [...item] : item;
}
