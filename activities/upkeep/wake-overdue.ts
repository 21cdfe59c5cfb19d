import { canonicalJson, sha256 } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { ActivityDeps } from '../deps.ts';

/** A workflow acts within seconds of its deadline; after this its run is lost, or the server was restored to an older state. */
const OVERDUE_AFTER = '1 hour';
const BATCH = 1_000;

interface Overdue {
  program_id: string;
  kind: 'referral' | 'member';
  id: string;
  due_at: Date;
}

/**
 * Wakes the workflows of referrals, and of members with rewards of their own, whose deadline has passed and that did not act: stores an event for each, once per
 * deadline, and the pump starts a run that finds in the database what there is to do. Gives how many.
 */
export async function wakeOverdue({ db }: ActivityDeps): Promise<{ woken: number }> {
  const overdue = await db.$queryRaw<Overdue[]>`
    SELECT r.program_id::text, 'referral' AS kind, r.id::text AS id, least(w.matures_at, r.due_at) AS due_at
    FROM referrals r LEFT JOIN LATERAL (
      SELECT min(matures_at) AS matures_at FROM rewards
      WHERE program_id = r.program_id AND referral_id = r.id AND status = 'held') w ON true
    WHERE w.matures_at < now() - ${OVERDUE_AFTER}::interval
       OR (r.ended_at IS NULL AND w.matures_at IS NULL AND r.due_at < now() - ${OVERDUE_AFTER}::interval)
    UNION ALL
    SELECT program_id::text, 'member', member_id::text, min(matures_at) FROM rewards
    WHERE status = 'held' AND referral_id IS NULL AND matures_at < now() - ${OVERDUE_AFTER}::interval
    GROUP BY program_id, member_id
    LIMIT ${BATCH}`;
  if (overdue.length === 0) return { woken: 0 };
  const stored = await db.event.createMany({ data: overdue.map(eventOf), skipDuplicates: true });
  await db.$executeRaw`SELECT pg_notify('events', '')`;
  return { woken: stored.count };
}

function eventOf({ program_id: programId, kind, id, due_at }: Overdue) {
  const key = `command:${kind}.overdue:${id}:${due_at.toISOString()}`;
  return {
    programId,
    id: nameId(programId, key),
    key,
    requestHash: sha256(canonicalJson(key)),
    type: `${kind}.overdue`,
    payload: {},
    occurredAt: due_at,
    workflowId: `${kind}-${id}`,
  };
}
