import {
  INVITATION_DAYS,
  invitationEnd_ms,
  OPEN_INVITATIONS_MAX,
} from '../../domain/operators/invitation.ts';
import { mayAssign, type Role } from '../../domain/operators/roles.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { queueUserMail } from '../../engine/users/mail.ts';
import { accountUrl } from '../../engine/users/urls.ts';
import { sha256 } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { OperatorInvitation } from '../../prisma/generated/client.ts';
import { isPlatform, type Principal } from '../auth/auth.ts';
import { newSecret } from '../auth/token.ts';
import type { Services } from '../context.ts';
import { fail } from '../http/errors.ts';

interface Context {
  readonly tx: Tx;
  readonly programId: string;
  readonly services: Services;
}

/** Sees to it that whoever asks may give this role, or take it away. A key counts as an admin. */
export function requireMayAssign(principal: Principal, role: Role): void {
  const by = isPlatform(principal) ? 'owner' : (principal.role ?? 'admin');
  if (mayAssign(by, role)) return;
  throw fail('scope_missing', 'Only an owner makes, changes or removes owners.');
}

/** Stores an invitation in the place of an open one for the address, and queues its e-mail with the link. */
export async function invite(
  { tx, programId, services }: Context,
  { email, role }: { readonly email: string; readonly role: Role },
): Promise<OperatorInvitation> {
  const { now, settings } = services;
  const now_ms = now();
  const at = new Date(now_ms);
  await lockProgramRow(tx, programId);
  const open = { programId, acceptedAt: null, revokedAt: null };
  await tx.operatorInvitation.updateMany({ where: { ...open, email }, data: { revokedAt: at } });
  if (
    (await tx.operatorInvitation.count({ where: { ...open, expiresAt: { gt: at } } })) >= OPEN_INVITATIONS_MAX
  ) {
    throw fail('stage_forbids', `A program has at most ${OPEN_INVITATIONS_MAX} open invitations.`);
  }
  const token = newSecret();
  const expires_at_ms = invitationEnd_ms(now_ms);
  const invitation = await tx.operatorInvitation.create({
    data: {
      programId,
      id: newId(now_ms),
      email,
      role,
      tokenHash: sha256(token),
      createdAt: at,
      expiresAt: new Date(expires_at_ms),
    },
  });
  const { name } = await tx.program.findUniqueOrThrow({ where: { id: programId }, select: { name: true } });
  const url = accountUrl(settings.publicUrl, 'invitation', token);
  const mail = { kind: 'invitation', to: email, url, program: name, role, days: INVITATION_DAYS } as const;
  await queueUserMail(tx, settings.sealRing, mail, { now_ms, expires_at_ms });
  return invitation;
}
