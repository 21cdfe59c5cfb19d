import type { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { sha256 } from '../../platform/hash.ts';
import type { Database } from '../../prisma/client.ts';
import { fail } from '../http/errors.ts';
import type { SignedIn } from '../users/session.ts';
import type { acceptedInvitationAnswer } from './schema.ts';

/**
 * Makes a user an operator by the token of an invitation for their address, in one transaction. Whoever is
 * one already keeps their role. A repeat by the same user gives the same answer. Throws `link_unusable`.
 */
export async function acceptInvitation(
  db: Database,
  user: SignedIn,
  token: string,
  now: Date,
): Promise<z.infer<typeof acceptedInvitationAnswer>> {
  return await db.$transaction(async (tx) => {
    const where = { tokenHash: sha256(token), email: user.email, revokedAt: null };
    const { count } = await tx.operatorInvitation.updateMany({
      where: { ...where, acceptedAt: null, expiresAt: { gt: now } },
      data: { acceptedAt: now },
    });
    const invitation = await tx.operatorInvitation.findFirst({
      where: { ...where, acceptedAt: { not: null } },
    });
    if (invitation === null) {
      throw fail('link_unusable', 'This invitation was used, or its time is over: ask for another.');
    }
    const { programId, id } = invitation;
    if (count === 1) {
      const operator = { programId, userId: user.userId, role: invitation.role };
      await tx.operator.createMany({ data: [operator], skipDuplicates: true });
      const actor = `user:${user.userId}`;
      const detail = { role: invitation.role, invitationId: id };
      await audit(tx, { programId, actor, action: 'operator.joined', subject: user.userId, detail });
    }
    const operator = await tx.operator.findUnique({
      where: { programId_userId: { programId, userId: user.userId } },
      select: { role: true, program: { select: { name: true } } },
    });
    if (operator === null)
      throw fail('link_unusable', 'This invitation was used, and the role taken away again.');
    return { programId, program: operator.program.name, role: operator.role };
  });
}
