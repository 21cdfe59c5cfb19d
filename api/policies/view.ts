import type { z } from 'zod';
import type { CONDITION_PARTS } from '../../engine/rules/failures.ts';
import type { Database } from '../../prisma/client.ts';
import type { PolicyVersion } from '../../prisma/generated/client.ts';
import { iso } from '../trpc/views.ts';
import type { policyVersionAnswer } from './answers.ts';
import type { PolicyInput } from './schema.ts';

type VersionView = z.infer<typeof policyVersionAnswer>;

/** Versions of one program's policy, each with how often its conditions failed. */
export async function versionViews(db: Database, rows: readonly PolicyVersion[]): Promise<VersionView[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const failures = await db.conditionFailure.findMany({
    where: { programId: first.programId, policyVersion: { in: rows.map(({ version }) => version) } },
    orderBy: [{ failures: 'desc' }, { part: 'asc' }, { ruleId: 'asc' }],
  });
  return rows.map(({ version, body, publishedAt }) => ({
    version,
    // Stored by `publishPolicy`, which checked it against the same schema.
    policy: body as unknown as PolicyInput,
    publishedAt: iso(publishedAt),
    conditionFailures: failures
      .filter(({ policyVersion }) => policyVersion === version)
      .map(({ part, ruleId, failures: count, lastEventId, lastAt }) => ({
        // As the table's check has it.
        part: part as (typeof CONDITION_PARTS)[number],
        ruleId: ruleId === '' ? null : ruleId,
        failures: Number(count),
        lastEventId,
        lastAt: iso(lastAt),
      })),
  }));
}
