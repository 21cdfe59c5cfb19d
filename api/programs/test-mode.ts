import { SCOPES } from '../../domain/operators/scopes.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { audit } from '../../engine/audit/record.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { allows, type Principal } from '../auth/auth.ts';
import { fail, unwrap } from '../http/errors.ts';
import { type CreatedKey, createKey } from '../keys/create.ts';
import { publishPolicy } from '../policies/publish.ts';

/** Who asks, within which transaction. */
interface Asker {
  readonly tx: Tx;
  readonly principal: Principal;
  readonly actor: string;
}

/**
 * Makes the test mode of a live program, whose row is locked: with its settings, the policy in force and a
 * first key, which has what scopes the asker has, and no more. It is live at once, whatever the program's
 * status. Returns the one before, without a key, where there is one. Throws `mode_forbids` for a test
 * program.
 */
export async function makeTestMode(
  { tx, principal, actor }: Asker,
  live: Program,
  now: Date,
): Promise<{ readonly program: Program; readonly key: CreatedKey | null }> {
  if (live.mode === 'test') throw fail('mode_forbids', 'This is a test program: it has no test mode.');
  const before = await tx.program.findUnique({ where: { liveProgramId: live.id } });
  if (before !== null) return { program: before, key: null };
  const program = await tx.program.create({
    data: {
      id: newId(now.getTime()),
      mode: 'test',
      liveProgramId: live.id,
      slug: live.slug,
      name: live.name,
      timeZone: live.timeZone,
      allowedHosts: live.allowedHosts,
      defaultDestination: live.defaultDestination,
      visitorCookie: live.visitorCookie,
      statusAt: now,
      statusBy: actor,
    },
  });
  const inForce = await policyInForce(tx, live.id);
  unwrap(await publishPolicy(tx, program.id, inForce?.policy ?? builtinPolicy(), now));
  const scopes = SCOPES.filter((scope) => allows(principal, scope));
  const key = await createKey(tx, { programId: program.id, name: 'first key', scopes });
  const made = { actor, subject: program.id };
  await audit(tx, { ...made, programId: live.id, action: 'program.test_created' });
  await audit(tx, { ...made, programId: program.id, action: 'program.created' });
  return { program, key };
}
