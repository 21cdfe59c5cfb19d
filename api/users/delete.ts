import { createHash } from 'node:crypto';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { fail } from '../http/errors.ts';
import { LINK_UNUSABLE } from './refusals.ts';

/** Throws `last_owner` where a program would be without an owner if this user went. */
export async function refuseSoleOwner(db: Database | Tx, userId: string): Promise<void> {
  const [program] = await db.$queryRaw<{ name: string }[]>`
    SELECT p.name FROM operators o JOIN programs p ON p.id = o.program_id
    WHERE o.user_id = ${userId}::uuid AND o.role = 'owner' AND NOT EXISTS (
      SELECT 1 FROM operators b
      WHERE b.program_id = o.program_id AND b.role = 'owner' AND b.user_id <> o.user_id)
    LIMIT 1`;
  if (program !== undefined) {
    throw fail('last_owner', `You are the only owner of ${program.name}: make somebody else one first.`);
  }
}

/** As the sign-in library keeps the token of a link that deletes an account. */
const storedAs = (token: string): string =>
  createHash('sha256').update(`delete-account-${token}`).digest('base64url');

/**
 * Deletes a user by the link of an e-mail. The library would use up the link first and then delete, and
 * would not see that another owner goes at the same time. Throws `last_owner` and `link_unusable`.
 */
export async function deleteUser(
  tx: Tx,
  { userId, token, now_ms }: { readonly userId: string; readonly token: string; readonly now_ms: number },
): Promise<void> {
  const owned = await tx.operator.findMany({
    where: { userId, role: 'owner' },
    orderBy: { programId: 'asc' },
    select: { programId: true },
  });
  for (const { programId } of owned) await lockProgramRow(tx, programId);
  await refuseSoleOwner(tx, userId);
  const link = { identifier: storedAs(token), value: userId, expiresAt: { gt: new Date(now_ms) } };
  const { count } = await tx.userVerification.deleteMany({ where: link });
  if (count === 0) throw fail('link_unusable', LINK_UNUSABLE);
  await tx.user.deleteMany({ where: { id: userId } });
}
