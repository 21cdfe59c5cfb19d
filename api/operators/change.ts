import type { Role } from '../../domain/operators/roles.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Principal } from '../auth/auth.ts';
import { fail, notFound } from '../http/errors.ts';
import { requireMayAssign } from './invite.ts';

interface Context {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
}

/**
 * Gives an operator another role, or none. `principal` null: it is the operator who leaves. Throws
 * `not_found`, `scope_missing`, and `last_owner`: changes of one program's operators go one after the other,
 * so that two owners who leave at once do not both go.
 */
export async function changeOperator(
  { tx, programId, actor }: Context,
  principal: Principal | null,
  { userId, role }: { readonly userId: string; readonly role: Role | null },
): Promise<void> {
  await lockProgramRow(tx, programId);
  const key = { programId_userId: { programId, userId } };
  const operator = await tx.operator.findUnique({ where: key });
  if (operator === null) throw notFound('operator');
  if (operator.role === role) return;
  if (principal !== null) {
    requireMayAssign(principal, operator.role);
    if (role !== null) requireMayAssign(principal, role);
  }
  const owners = await tx.operator.count({ where: { programId, role: 'owner' } });
  if (operator.role === 'owner' && owners === 1) {
    throw fail('last_owner', 'A program keeps at least one owner: make somebody else one first.');
  }
  if (role === null) await tx.operator.delete({ where: key });
  else await tx.operator.update({ where: key, data: { role } });
  const action = role === null ? 'operator.removed' : 'operator.changed';
  await audit(tx, { programId, actor, action, subject: userId, detail: { from: operator.role, to: role } });
}
