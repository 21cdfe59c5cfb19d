import type { ProgramStatus } from '../../domain/programs/program.ts';
import { subjectSql } from '../../engine/members/subject.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { dueByTurns, type Room, TOGETHER_MAX } from './turns.ts';

/** How long a claim holds. After this, other workers may take the events of one that was killed. */
const LEASE_SECONDS = 30;

/** A due event that this worker has leased, with the events and the referral it builds on. */
export interface ClaimedEvent {
  readonly programId: string;
  readonly id: string;
  readonly seq: bigint;
  readonly type: string;
  /** The member it is about; null for commands. */
  readonly subject: string | null;
  readonly refundOf: string | null;
  /** Whether nobody waits for it. */
  readonly bulk: boolean;
  /** Whether it goes before bulk at Temporal too. */
  readonly early: boolean;
  readonly state: 'pending' | 'waiting' | 'delivered';
  readonly attempts: number;
  readonly receivedAt: Date;
  readonly workflowId: string | null;
  readonly occurredAt: Date;
  /** For a signup without a code: the click that it names, while that click is not on record. */
  readonly unknownClick: string | null;
  readonly programStatus: ProgramStatus;
  /** Since when the program has this status. Events get the full waiting time again after a pause. */
  readonly programSince: Date;
  /** Whether the program has erased members, of whom this may be. */
  readonly mayBeErased: boolean;
  /** The referral of the event's member. */
  readonly referralId: string | null;
  /** That member's latest signup; read only where no referral exists. */
  readonly signup: KnownEvent | null;
  /** For a refund: the event it takes back. */
  readonly target: (KnownEvent & { readonly type: string; readonly actedBy: string | null }) | null;
  /** It is a refund of an event that was taken and is not kept any more, or of a refund of such a one. */
  readonly isTargetGone: boolean;
  /** For an action: the key of an earlier one that is the same order; empty: it is not kept any more. */
  readonly sameOrder: string | null;
  /** For an action of a member without a referral: set when the policy in force gives points for it. */
  readonly counts: CountsFor | null;
}

export interface CountsFor {
  readonly memberId: string;
  /** Whether it may also qualify or earn for a referral if the member's signup still comes. */
  readonly refers: boolean;
}

export interface KnownEvent {
  readonly id: string;
  readonly state: string;
  readonly workflowId: string | null;
  readonly decision: 'accepted' | 'refused' | null;
}

/**
 * Leases due events by turns of their programs, as many as there is room for. Adds what else is due about the
 * same subjects and for the same members' workflows, because events that are decided together cost one
 * workflow task. SKIP LOCKED lets workers share the queue without waiting for each other. A lease is a
 * `due_at` in the future, so that no lock is held during calls to Temporal. Returns the events in order of
 * arrival.
 */
export function claimEvents(db: Database, room: Room): Promise<ClaimedEvent[]> {
  return db.$queryRaw<ClaimedEvent[]>`
    WITH RECURSIVE ${leasedEvents(room)}
    SELECT c.program_id::text AS "programId", c.id::text, c.seq, c.type, c.subject, c.refund_of AS "refundOf",
           c.state::text, c.attempts, c.received_at AS "receivedAt", c.workflow_id AS "workflowId",
           c.occurred_at AS "occurredAt", u.id AS "unknownClick", c.bulk, c.early,
           program_status_at(p.status, p.starts_at, p.ends_at, now())::text AS "programStatus",
           p.status_at AS "programSince",
           EXISTS (SELECT FROM do_not_track d WHERE d.program_id = p.id) AS "mayBeErased",
           r.id::text AS "referralId", s.signup, t.target, k.counts,
           EXISTS (
             SELECT FROM event_keys k WHERE k.program_id = c.program_id
               AND k.key_hash = event_key_hash(CASE WHEN t.target IS NULL THEN c.refund_of ELSE t.undone END)
           ) AS "isTargetGone",
           o.key AS "sameOrder"
    FROM claimed c
    JOIN programs p ON p.id = c.program_id
    LEFT JOIN LATERAL (
      SELECT r.id FROM members m JOIN referrals r ON r.program_id = m.program_id AND r.referred_id = m.id
      WHERE c.workflow_id IS NULL AND m.program_id = c.program_id AND m.external_id = c.subject) r ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('id', id, 'state', state, 'workflowId', workflow_id,
               'decision', outcome->>'decision') AS signup
      FROM events
      WHERE c.workflow_id IS NULL AND r.id IS NULL
        AND program_id = c.program_id AND subject = c.subject AND type = 'signup'
      ORDER BY seq DESC LIMIT 1) s ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('id', id, 'type', type, 'state', state, 'workflowId', workflow_id,
               'decision', outcome->>'decision', 'actedBy', (
                 SELECT workflow_id FROM events a
                 WHERE a.program_id = e.program_id AND a.key = 'acted:' || e.id)) AS target,
             CASE WHEN NOT EXISTS (
               SELECT FROM events u WHERE u.program_id = e.program_id AND u.key = e.refund_of
             ) THEN e.refund_of END AS undone
      FROM events e WHERE program_id = c.program_id AND key = c.refund_of) t ON true
    LEFT JOIN LATERAL (
      SELECT coalesce(e.key, '') AS key
      FROM event_orders w LEFT JOIN events e ON e.program_id = w.program_id AND e.id = w.event_id
      WHERE w.program_id = c.program_id AND w.type = c.type AND w.order_id = c.order_id
        AND w.event_id <> c.id) o ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('memberId', m.id, 'refers', referrals_answer(c.program_id, c.type)) AS counts
      FROM members m
      WHERE p.engages AND c.workflow_id IS NULL AND r.id IS NULL
        AND m.program_id = c.program_id AND m.external_id = c.subject
        AND points_answer(c.program_id, c.type)) k ON true
    LEFT JOIN LATERAL (
      SELECT c.click_id AS id
      WHERE c.click_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM touches t WHERE t.program_id = c.program_id AND t.id = c.click_id::uuid)) u ON true
    ORDER BY c.seq`;
}

/** The common table expression `claimed`: the events that this claim leases, about whom they are. */
const leasedEvents = (room: Room) => Prisma.sql`
    ${dueByTurns(room)}, of_subjects AS (
      SELECT program_id, id FROM events
      -- IS TRUE keeps the planner from walking through all that is due of a program, in search of a subject.
      WHERE state = 'pending' AND (due_at <= now()) IS TRUE
        AND (program_id, subject) IN (SELECT program_id, subject FROM due) AND id NOT IN (SELECT id FROM due)
      LIMIT ${TOGETHER_MAX} FOR UPDATE SKIP LOCKED
    ), of_members AS (
      SELECT program_id, id FROM events
      WHERE state = 'pending' AND workflow_id LIKE 'member-%' AND (due_at <= now()) IS TRUE
        AND workflow_id IN (SELECT workflow_id FROM due) AND id NOT IN (SELECT id FROM due)
      LIMIT ${TOGETHER_MAX} FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE events e SET due_at = now() + make_interval(secs => ${LEASE_SECONDS}), attempts = e.attempts + 1,
        subject = ${subjectSql}
      FROM (SELECT program_id, id, bulk, early FROM due
            UNION ALL
            SELECT program_id, id, true, false FROM (TABLE of_subjects UNION TABLE of_members) together) due
      WHERE e.program_id = due.program_id AND e.id = due.id
      RETURNING e.program_id, e.id, e.seq, e.type, e.subject, e.refund_of, e.state, e.attempts, e.received_at,
                e.workflow_id, e.occurred_at, due.bulk, due.early, e.payload->>'orderId' AS order_id,
                CASE WHEN e.type = 'signup' AND e.payload->>'code' IS NULL
                     THEN e.payload->>'clickId' END AS click_id
    )`;
