import { issueBadge } from '../../engine/badges/issue.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';

const BATCH = 200;

interface Due {
  readonly programId: string;
  readonly rewardId: string;
}

/**
 * Issues the credential of every badge that is due: granted, matured, not taken back, not issued yet, with an
 * achievement of its label. Each has a transaction of its own. A failure is logged and left to the next run,
 * so a program whose key cannot be opened holds nobody up.
 */
export async function issueBadges(
  deps: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<{ issued: number; failed: number }> {
  let issued = 0;
  let failed = 0;
  let after: Due = {
    programId: '00000000-0000-0000-0000-000000000000',
    rewardId: '00000000-0000-0000-0000-000000000000',
  };
  for (;;) {
    const due = await dueAfter(deps, after);
    for (const { programId, rewardId } of due) {
      try {
        const result = await inTransaction(deps, (tx) =>
          issueBadge(tx, deps.badges, { programId, rewardId, now_ms }),
        );
        if (result.credentialId !== null && result.isNew) issued += 1;
      } catch (error) {
        failed += 1;
        deps.log.error({ err: error, programId, rewardId }, 'a badge could not be issued');
      }
    }
    const last = due.at(-1);
    if (last === undefined || due.length < BATCH) return { issued, failed };
    after = last;
  }
}

function dueAfter({ db }: ActivityDeps, { programId, rewardId }: Due): Promise<Due[]> {
  return db.$queryRaw<Due[]>`
    SELECT r.program_id::text AS "programId", r.id::text AS "rewardId"
    FROM rewards r JOIN achievements a ON a.program_id = r.program_id AND a.label = r.label
    WHERE r.kind = 'badge' AND r.status = 'available' AND NOT r.badge_issued
      AND (r.program_id, r.id) > (${programId}::uuid, ${rewardId}::uuid)
    ORDER BY r.program_id, r.id LIMIT ${BATCH}`;
}
