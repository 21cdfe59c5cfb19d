import type { Database, Tx } from '../../prisma/client.ts';
import type { Member } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';

/** The member, or `member_unknown`: absent and another program's alike. */
export async function findMember(db: Database | Tx, programId: string, id: string): Promise<Member> {
  const member = await db.member.findUnique({ where: { programId_id: { programId, id } } });
  if (member === null) throw fail('member_unknown', 'There is no such member.');
  return member;
}
