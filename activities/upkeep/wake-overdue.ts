import { type Call, COMMAND_KEY_PREFIX, callWorkflows } from '../../engine/events/commands.ts';
import { isOfBlocked } from '../../engine/members/blocked.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * A workflow acts within seconds of its deadline; after this its run is lost, or the server was restored to
 * an older state.
 */
const OVERDUE_AFTER = '1 hour';
const BATCH = 1_000;

interface Overdue {
  readonly programId: string;
  readonly kind: 'referral' | 'member';
  readonly id: string;
  readonly dueAt: Date;
  readonly key: string;
}

/** SQL: the key of the call for a deadline. */
const KEY = Prisma.sql`
  kind || '.overdue:' || id || ':' || to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * Wakes the workflows of referrals, and of members with rewards of their own, that did not act on a passed
 * deadline: stores one event for each deadline. The pump then starts a run, which reads in the database what
 * to do. A deadline that has its event takes no other's place in a run, whatever keeps its workflow from
 * acting. Returns how many events are new.
 */
export async function wakeOverdue({ db }: ActivityDeps): Promise<{ woken: number }> {
  const overdue = await db.$queryRaw<Overdue[]>`
    SELECT o.program_id::text AS "programId", o.kind, o.id, o.due_at AS "dueAt", o.key
    FROM (SELECT *, ${KEY} AS key FROM (
      SELECT r.program_id, 'referral' AS kind, r.id::text AS id, least(w.matures_at, r.due_at) AS due_at
      FROM referrals r LEFT JOIN LATERAL (
        SELECT min(matures_at) AS matures_at FROM rewards
        WHERE program_id = r.program_id AND referral_id = r.id AND status = 'held' AND held_by IS NULL
          AND NOT ${isOfBlocked('rewards')}) w ON true
      WHERE w.matures_at < now() - ${OVERDUE_AFTER}::interval
         OR (r.ended_at IS NULL AND w.matures_at IS NULL AND r.due_at < now() - ${OVERDUE_AFTER}::interval)
      UNION ALL
      SELECT program_id, 'member', member_id::text, min(matures_at) FROM rewards
      WHERE status = 'held' AND held_by IS NULL AND referral_id IS NULL
        AND matures_at < now() - ${OVERDUE_AFTER}::interval AND NOT ${isOfBlocked('rewards')}
      GROUP BY program_id, member_id) overdue) o
    WHERE NOT EXISTS (
      SELECT FROM event_keys k
      WHERE k.program_id = o.program_id AND k.key_hash = event_key_hash(${COMMAND_KEY_PREFIX} || o.key))
    LIMIT ${BATCH}`;
  return { woken: await callWorkflows(db, overdue.map(callOf)) };
}

const callOf = ({ programId, kind, id, dueAt, key }: Overdue): Call => ({
  programId,
  workflowId: `${kind}-${id}`,
  type: `${kind}.overdue`,
  key,
  at: dueAt,
});
