import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Whoever claims an event and does not come back, killed perhaps, has lost it to others after this. */
export const LEASE_SECONDS = 30;

/**
 * How many more events may be handed over, where `undecided_max` may be under decision at once, over all
 * workers: Temporal and the workers are to have enough to do, and no more, or their tasks time out in the
 * queue. None while there is room for less than half of that: a claim costs nearly the same for few events as
 * for many. Events that are stuck, and so due to be handed over again, do not count.
 */
export async function roomForEvents(db: Database, undecided_max: number): Promise<number> {
  const [row] = await db.$queryRaw<{ undecided: number }[]>`
    SELECT count(*)::int AS undecided FROM events
    WHERE state = 'delivered' AND attempts <= 1 AND due_at > now()`;
  const room = undecided_max - (row?.undecided ?? 0);
  return room < undecided_max / 2 ? 0 : room;
}

/** A due event, leased to us, with what is known of the events and the referral it builds on. */
export interface ClaimedEvent {
  readonly programId: string;
  readonly id: string;
  readonly seq: bigint;
  readonly type: string;
  readonly refundOf: string | null;
  readonly state: 'pending' | 'waiting' | 'delivered';
  readonly attempts: number;
  readonly receivedAt: Date;
  readonly workflowId: string | null;
  readonly programStatus: ProgramStatus;
  /** Since when; what waited for the end of a pause has the whole time to find what it builds on. */
  readonly programSince: Date;
  /** The referral of the member that it is about. */
  readonly referralId: string | null;
  /** That member's latest signup, looked for where no referral is known. */
  readonly signup: KnownEvent | null;
  /** For a refund: the event it takes back. */
  readonly target: (KnownEvent & { readonly actedBy: string | null }) | null;
  /** Of an action of a member without a referral: whether the policy in force has points for it. */
  readonly counts: CountsFor | null;
}

export interface CountsFor {
  readonly memberId: string;
  /** It may also qualify, or earn, a referral, should the member's signup still come. */
  readonly refers: boolean;
}

export interface KnownEvent {
  readonly id: string;
  readonly state: string;
  readonly workflowId: string | null;
  readonly decision: 'accepted' | 'refused' | null;
}

/**
 * Leases up to `batch` due events, the longest due first, and with them up to as many each that wait for the
 * same subjects and the same members' workflows, since events that are decided together cost one workflow
 * task. SKIP LOCKED lets several workers share the queue without waiting for each other; a lease is a
 * `due_at` in the future, so that no lock is held while Temporal is spoken to.
 */
export function claimEvents(db: Database, batch: number): Promise<ClaimedEvent[]> {
  return db.$queryRaw<ClaimedEvent[]>`
    WITH ${leasedEvents(batch)}
    SELECT c.program_id::text AS "programId", c.id::text, c.seq, c.type, c.refund_of AS "refundOf",
           c.state::text, c.attempts, c.received_at AS "receivedAt", c.workflow_id AS "workflowId",
           program_status_at(p.status, p.starts_at, p.ends_at, now())::text AS "programStatus",
           p.status_at AS "programSince", r.id::text AS "referralId", s.signup, t.target, k.counts
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
      SELECT jsonb_build_object('id', id, 'state', state, 'workflowId', workflow_id,
               'decision', outcome->>'decision', 'actedBy', (
                 SELECT workflow_id FROM events a
                 WHERE a.program_id = e.program_id AND a.key = 'acted:' || e.id)) AS target
      FROM events e WHERE program_id = c.program_id AND key = c.refund_of) t ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('memberId', m.id, 'refers', referrals_answer(c.program_id, c.type)) AS counts
      FROM members m
      WHERE p.engages AND c.workflow_id IS NULL AND r.id IS NULL
        AND m.program_id = c.program_id AND m.external_id = c.subject
        AND points_answer(c.program_id, c.type)) k ON true
    ORDER BY c.seq`;
}

/** The common table expression `claimed`: the events that this claim leases. */
const leasedEvents = (batch: number) => Prisma.sql`
    due AS (
      SELECT program_id, id, subject, workflow_id FROM events
      WHERE state IN ('pending', 'waiting', 'delivered') AND due_at <= now()
      ORDER BY due_at LIMIT ${batch} FOR UPDATE SKIP LOCKED
    ), of_subjects AS (
      SELECT program_id, id FROM events
      WHERE state = 'pending' AND due_at <= now()
        AND (program_id, subject) IN (SELECT program_id, subject FROM due) AND id NOT IN (SELECT id FROM due)
      LIMIT ${batch} FOR UPDATE SKIP LOCKED
    ), of_members AS (
      SELECT program_id, id FROM events
      WHERE state = 'pending' AND workflow_id LIKE 'member-%' AND due_at <= now()
        AND workflow_id IN (SELECT workflow_id FROM due) AND id NOT IN (SELECT id FROM due)
      LIMIT ${batch} FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE events e SET due_at = now() + make_interval(secs => ${LEASE_SECONDS}), attempts = e.attempts + 1
      FROM (SELECT program_id, id FROM due UNION TABLE of_subjects UNION TABLE of_members) due
      WHERE e.program_id = due.program_id AND e.id = due.id
      RETURNING e.program_id, e.id, e.seq, e.type, e.subject, e.refund_of, e.state, e.attempts, e.received_at,
                e.workflow_id
    )`;
