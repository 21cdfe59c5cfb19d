import type { Policy } from '../domain/policy.ts';
import { policyFromJson } from '../domain/policy-json.ts';
import type { Database, Tx } from '../prisma/client.ts';

/** Versions kept in memory; they never change, so nothing is ever out of date. */
const CACHED_MAX = 500;

export interface Policies {
  /** The rules of one version of a program's policy. Throws when there is no such version: a foreign key says there is. */
  load(tx: Database | Tx, programId: string, version: number): Promise<Policy>;
}

/** Policies read from the database once and then from memory. */
export function createPolicies(): Policies {
  const known = new Map<string, Policy>();
  return {
    async load(tx, programId, version) {
      const name = `${programId}:${version}`;
      const cached = known.get(name);
      if (cached !== undefined) return cached;
      const row = await tx.policyVersion.findUniqueOrThrow({
        where: { programId_version: { programId, version } },
      });
      const policy = policyFromJson(row.body);
      const oldest = known.keys().next();
      if (known.size >= CACHED_MAX && !oldest.done) known.delete(oldest.value);
      known.set(name, policy);
      return policy;
    },
  };
}

/** The policy in force for what begins now, or null before the first is published. */
export async function policyInForce(
  db: Database | Tx,
  programId: string,
): Promise<{ readonly version: number; readonly policy: Policy } | null> {
  const row = await db.policyVersion.findFirst({ where: { programId }, orderBy: { version: 'desc' } });
  return row === null ? null : { version: row.version, policy: policyFromJson(row.body) };
}
