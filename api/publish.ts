import { engages } from '../domain/engagement.ts';
import type { Policy } from '../domain/policy.ts';
import { checkPolicy } from '../domain/policy-check.ts';
import { policyFromJson, policyToJson } from '../domain/policy-json.ts';
import { ok, type Result, refuse } from '../domain/refusal.ts';
import { setBudget } from '../ledger/post.ts';
import type { Database, Tx } from '../prisma/client.ts';

/**
 * Checks a policy and stores it as the program's next version, with its budget as the ledger's bound. Versions are handed out
 * under a lock of the program's row. Refusals: those of `checkPolicy` and of `setBudget`.
 */
export async function publishPolicy(
  tx: Tx,
  programId: string,
  policy: Policy,
  now: Date,
): Promise<Result<number>> {
  const checked = checkPolicy(policy);
  if (!checked.ok) return refuse(checked.code, `The policy is not valid: ${checked.message}`);
  await tx.$queryRaw`SELECT 1 FROM programs WHERE id = ${programId}::uuid FOR UPDATE`;
  const last = await tx.policyVersion.aggregate({ where: { programId }, _max: { version: true } });
  const version = (last._max.version ?? 0) + 1;
  const body = JSON.stringify(policyToJson(policy));
  await tx.$executeRaw`
    INSERT INTO policy_versions (program_id, version, body, published_at) VALUES (${programId}::uuid, ${version}, ${body}::jsonb, ${now})`;
  await tx.program.update({
    where: { id: programId },
    data: { engages: engages(policy) },
    select: { id: true },
  });
  const budget = await setBudget(tx, programId, policy.unit, policy.budget?.minor ?? null);
  return budget.ok ? ok(version) : budget;
}

/** The policy in force for what begins now, or null before the first is published. */
export async function policyInForce(
  db: Database | Tx,
  programId: string,
): Promise<{ readonly version: number; readonly policy: Policy } | null> {
  const row = await db.policyVersion.findFirst({ where: { programId }, orderBy: { version: 'desc' } });
  return row === null ? null : { version: row.version, policy: policyFromJson(row.body) };
}
