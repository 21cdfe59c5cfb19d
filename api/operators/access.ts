import { scopesOf } from '../../domain/operators/roles.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { Principal } from '../auth/auth.ts';
import { ApiError } from '../http/errors.ts';

export interface Operators {
  /**
   * What a user may do in the program that a request names. Throws `program_missing`, and `not_found` for a
   * program that the user does not operate.
   */
  principal(user: { readonly userId: string }, programHeader: string | undefined): Promise<Principal>;
}

/** Reads roles from the database at each request, so that one that was taken away counts no more. */
export function createOperators(db: Database): Operators {
  return {
    async principal({ userId }, programId) {
      if (programId === undefined) {
        throw new ApiError('program_missing', 'Name the program in the header `x-program-id`.');
      }
      const role = UUID_PATTERN.test(programId) ? await roleIn(db, programId, userId) : null;
      if (role === null) throw new ApiError('not_found', 'There is no such program.');
      return { id: userId, actor: `user:${userId}`, programId, role, scopes: scopesOf(role) };
    },
  };
}

/** The role in a program; in a test mode, the one in its live program. */
async function roleIn(db: Database, programId: string, userId: string) {
  const operator = await db.operator.findFirst({
    where: { userId, program: { OR: [{ id: programId }, { testProgram: { id: programId } }] } },
    select: { role: true },
  });
  return operator?.role ?? null;
}
