import { sha256 } from '../../platform/hash.ts';
import type { Database } from '../../prisma/client.ts';

/** Invitations that may be accepted now. */
const open = () => ({ acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } });

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
  const where = { ...open(), email: email.toLowerCase(), tokenHash: sha256(token) };
  return (await db.operatorInvitation.count({ where })) > 0;
}

async function isInvited(db: Database, email: string): Promise<boolean> {
  return (await db.operatorInvitation.count({ where: { ...open(), email } })) > 0;
}

async function isMember(db: Database, email: string): Promise<boolean> {
  const [row] = await db.$queryRaw<{ found: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM members m JOIN token_settings s ON s.program_id = m.program_id
      WHERE lower(m.email) = ${email} AND s.member_sign_in) AS found`;
  return row?.found ?? false;
}
