import { createHash } from 'node:crypto';
import type { Database } from '../../prisma/client.ts';

/** What the database keeps of an invitation's token. */
export const hashInvitation = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * Whether whoever has proven that an address is theirs may have an account for it: registration is open, an
 * operator has invited the address, or a program knows it as a member's and lets members sign in.
 */
export async function mayRegister(db: Database, isOpen: boolean, email: string): Promise<boolean> {
  if (isOpen) return true;
  const address = email.toLowerCase();
  return (await isInvited(db, address)) || (await isMember(db, address));
}

/** Whether this token is of an open invitation for this address: having it proves the address. */
export async function isInvitedBy(db: Database, email: string, token: string): Promise<boolean> {
  const open = { acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } };
  const where = { ...open, email: email.toLowerCase(), tokenHash: hashInvitation(token) };
  return (await db.operatorInvitation.count({ where })) > 0;
}

async function isInvited(db: Database, email: string): Promise<boolean> {
  const open = { acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } };
  return (await db.operatorInvitation.count({ where: { ...open, email } })) > 0;
}

async function isMember(db: Database, email: string): Promise<boolean> {
  const [row] = await db.$queryRaw<{ found: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM members m JOIN token_settings s ON s.program_id = m.program_id
      WHERE lower(m.email) = ${email} AND s.member_sign_in) AS found`;
  return row?.found ?? false;
}
