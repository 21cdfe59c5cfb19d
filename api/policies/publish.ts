import { checkLiving } from '../../domain/iso4217.ts';
import { checkPolicy } from '../../domain/policies/check.ts';
import { engages } from '../../domain/policies/engagement.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { checkTemplates } from '../../engine/notices/template-check.ts';
import { latestPolicyVersion } from '../../engine/policies/latest.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { setBudget } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';

/**
 * Checks a policy and stores it as the program's next version, with its budget as the ledger's bound.
 * Versions are handed out under a lock of the program's row. Refusals: those of `checkPolicy`,
 * `checkLiving`, `checkTemplates` and `setBudget`.
 */
export async function publishPolicy(
  tx: Tx,
  programId: string,
  policy: Policy,
  now: Date,
): Promise<Result<number>> {
  const sound = checkPolicy(policy);
  const living = sound.ok ? checkLiving(policy.unit, now.getTime()) : sound;
  const checked = living.ok ? checkTemplates(policy) : living;
  if (!checked.ok) return refuse(checked.code, `The policy is not valid: ${checked.message}`);
  await lockProgramRow(tx, programId);
  const version = ((await latestPolicyVersion(tx, programId)) ?? 0) + 1;
  const body = JSON.stringify(policyToJson(policy));
  await tx.$executeRaw`
    INSERT INTO policy_versions (program_id, version, body, published_at)
    VALUES (${programId}::uuid, ${version}, ${body}::jsonb, ${now})`;
  await tx.program.update({
    where: { id: programId },
    data: { engages: engages(policy) },
    select: { id: true },
  });
  const budget = await setBudget(tx, programId, policy.unit, policy.budget?.minor ?? null);
  if (!budget.ok) return budget;
  const points = await setPointsBudget(tx, programId, policy);
  return points.ok ? ok(version) : points;
}

/** Points have a budget of their own, unless they are what the policy's credits are in. */
async function setPointsBudget(tx: Tx, programId: string, { unit, points }: Policy): Promise<Result<void>> {
  if (points === undefined || points.unit === unit) return ok(undefined);
  return await setBudget(tx, programId, points.unit, points.budget === null ? null : BigInt(points.budget));
}
