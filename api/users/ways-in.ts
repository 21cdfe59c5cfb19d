import type { Database } from '../../prisma/client.ts';
import { fail, notFound } from '../http/errors.ts';

/** One of the ways in which a user signs in. */
export type WayIn = { readonly provider: string } | { readonly passkeyId: string };

/**
 * Takes a way to sign in from a user, who keeps at least one: a password, a provider or a passkey. The lock
 * on the user lets two such changes wait for each other. Throws `not_found` or `stage_forbids`.
 */
export async function removeWayIn(db: Database, userId: string, way: WayIn): Promise<void> {
  await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR UPDATE`;
    const { count } =
      'provider' in way
        ? await tx.userAccount.deleteMany({ where: { userId, providerId: way.provider, password: null } })
        : await tx.passkey.deleteMany({ where: { userId, id: way.passkeyId } });
    if (count === 0) throw notFound('provider' in way ? 'provider' : 'passkey');
    const [accounts, passkeys] = [
      await tx.userAccount.count({ where: { userId } }),
      await tx.passkey.count({ where: { userId } }),
    ];
    if (accounts + passkeys === 0) {
      throw fail('stage_forbids', 'This is the last way to sign in: add another first.');
    }
  });
}
