import type { z } from 'zod';
import type { Database } from '../../prisma/client.ts';
import type { userAnswer } from './schema.ts';
import type { SignedIn } from './session.ts';

const PROGRAMS_MAX = 100;

/** What a user may know of their own account. */
export async function profileOf(db: Database, user: SignedIn): Promise<z.infer<typeof userAnswer>> {
  const [accounts, operates, memberOf] = await Promise.all([
    db.userAccount.findMany({
      where: { userId: user.userId },
      select: { providerId: true, accountId: true, password: true },
      orderBy: { createdAt: 'asc' },
    }),
    db.operator.findMany({
      where: { userId: user.userId },
      select: { programId: true, role: true, program: { select: { name: true } } },
      orderBy: { createdAt: 'asc' },
      take: PROGRAMS_MAX,
    }),
    membershipsOf(db, user.email),
  ]);
  return {
    id: user.userId,
    name: user.name,
    email: user.email,
    hasPassword: accounts.some(({ password }) => password !== null),
    hasSecondFactor: user.hasSecondFactor,
    mayCreatePrograms: user.mayCreatePrograms,
    providers: accounts
      .filter(({ password }) => password === null)
      .map(({ providerId, accountId }) => ({ provider: providerId, subject: accountId })),
    operates: operates.map(({ programId, role, program }) => ({ programId, program: program.name, role })),
    memberOf,
  };
}

/** The programs that let members sign in and know exactly one member by this address. */
async function membershipsOf(db: Database, email: string) {
  return await db.$queryRaw<{ programId: string; program: string; memberId: string }[]>`
    SELECT p.id::text AS "programId", p.name AS program, min(m.id::text) AS "memberId"
    FROM members a
      JOIN members m ON m.program_id = a.program_id AND m.id = coalesce(a.merged_into, a.id)
      JOIN token_settings s ON s.program_id = m.program_id AND s.member_sign_in
      JOIN programs p ON p.id = m.program_id
    WHERE lower(a.email) = ${email}
    GROUP BY p.id, p.name HAVING count(DISTINCT m.id) = 1
    ORDER BY p.name, p.id LIMIT ${PROGRAMS_MAX}`;
}
