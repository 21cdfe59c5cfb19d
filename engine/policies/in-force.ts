import { policyFromJson } from '../../domain/policies/json.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { latestPolicy, latestPolicyVersion } from './latest.ts';

/** Versions kept in memory; they never change, so nothing is ever out of date. */
const CACHED_MAX = 500;

export interface Policies {
  /**
   * The rules of one version of a program's policy. Throws when there is no such version: a foreign key says
   * there is.
   */
  load(tx: Database | Tx, programId: string, version: number): Promise<Policy>;
  /** The latest version, which is in force for what begins now; null before the first is published. */
  inForce(tx: Database | Tx, programId: string): Promise<PolicyInForce | null>;
}

export interface PolicyInForce {
  readonly version: number;
  readonly policy: Policy;
}

/** Policies read from the database once and then from memory. */
export function createPolicies(): Policies {
  const policies = new Map<string, Policy>();
  const load: Policies['load'] = async (tx, programId, version) => {
    const name = `${programId}:${version}`;
    const cached = policies.get(name);
    if (cached !== undefined) return cached;
    const row = await tx.policyVersion.findUniqueOrThrow({
      where: { programId_version: { programId, version } },
    });
    const policy = policyFromJson(row.body);
    const oldest = policies.keys().next();
    if (policies.size >= CACHED_MAX && !oldest.done) policies.delete(oldest.value);
    policies.set(name, policy);
    return policy;
  };
  return {
    load,
    async inForce(tx, programId) {
      const version = await latestPolicyVersion(tx, programId);
      return version === null ? null : { version, policy: await load(tx, programId, version) };
    },
  };
}

/** The same for whoever keeps no policies in memory. */
export async function policyInForce(db: Database | Tx, programId: string): Promise<PolicyInForce | null> {
  const row = await latestPolicy(db, programId);
  return row === null ? null : { version: row.version, policy: policyFromJson(row.body) };
}
