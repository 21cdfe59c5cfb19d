import { hashPassword } from 'better-auth/crypto';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';

/** Names no mailbox anywhere: `.localhost` never leaves the machine (RFC 6761, 6.3). */
const FIRST_ADDRESS = 'operator@referral.localhost';

/** How the first operator signs in. */
export interface FirstOperator {
  readonly email: string;
  readonly password: string;
}

/**
 * Makes the first user, who may make programs, where there is none yet; else returns null. The password is
 * stored nowhere but as its hash. Two that ask at once make one user.
 */
export async function ensureFirstOperator(
  db: Database,
  password: string,
  email: string = FIRST_ADDRESS,
): Promise<FirstOperator | null> {
  if ((await db.user.count()) > 0) return null;
  const hash = await hashPassword(password);
  return await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('first operator'))`;
    if ((await tx.user.count()) > 0) return null;
    const id = newId();
    const user = { id, name: 'First operator', email, emailVerified: true, mayCreatePrograms: true };
    await tx.user.create({ data: user, select: { id: true } });
    const account = { id: newId(), userId: id, providerId: 'credential', accountId: id, password: hash };
    await tx.userAccount.create({ data: account, select: { id: true } });
    return { email, password };
  });
}
