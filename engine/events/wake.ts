import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** The call that wakes the pump when its transaction commits, as text: statements of `pg` hold it too. */
export const WAKE_PUMP = `pg_notify('events', '')`;

/** Wakes the pump when the transaction commits: there are events that need not wait for its next look. */
export async function wakePump(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT ${Prisma.raw(WAKE_PUMP)}`;
}
