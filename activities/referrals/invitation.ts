import { deadlines } from '../../domain/referrals/deadlines.ts';
import { versionInForce } from '../../engine/policies/latest.ts';
import { inTransaction, isKept } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

interface Row {
  state: string;
  issued_at: Date;
  link_id: string;
  referrer_id: string;
  version: number;
  begun: boolean;
}

/**
 * Begins the referral of a personal invitation: stage invited, under the policy that was in force as it was
 * issued. A signup that was decided before has begun it so, and it stays as that left it.
 */
export function issueInvitation(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const row = await lockIssue(tx, ref);
    if (row.state !== 'decided') {
      const policy = await deps.policies.load(tx, ref.programId, row.version);
      const times = {
        issued_at_ms: row.issued_at.getTime(),
        signed_up_at_ms: null,
        qualified_at_ms: null,
        started_at_ms: ref.now_ms,
      };
      if (!row.begun) await insertInvitation(tx, ref, row, deadlines(policy, times).invited);
      return await writeChange(tx, {
        programId: ref.programId,
        referralId: ref.referralId,
        stage: null,
        rewards: [],
        outbox: [
          {
            key: `referral.invited:${ref.referralId}`,
            subject: `referral:${ref.referralId}`,
            members: [row.referrer_id],
            type: 'referral.invited',
            payload: { referralId: ref.referralId, referrerId: row.referrer_id, linkId: row.link_id },
          },
        ],
        decided: {
          eventId: ref.eventId,
          subject: null,
          outcome: { decision: 'accepted', referralId: ref.referralId, stage: 'invited' },
        },
      });
    }
    return await readSnapshot(tx, ref);
  });
}

/** An invitation's referral has the id of its link. */
async function lockIssue(tx: Tx, ref: ReferralEventRef): Promise<Row> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT e.state::text, l.created_at AS issued_at, l.id::text AS link_id, l.member_id::text AS referrer_id,
           ${versionInForce(Prisma.sql`l.program_id`, Prisma.sql`l.created_at`)} AS version,
           EXISTS (SELECT FROM referrals WHERE program_id = l.program_id AND id = l.id) AS begun
    FROM events e JOIN links l ON l.program_id = e.program_id AND l.id = ${ref.referralId}::uuid
    WHERE e.program_id = ${ref.programId}::uuid AND e.id = ${ref.eventId}::uuid
    FOR UPDATE OF e`;
  if (row === undefined) throw new Error(`invitation ${ref.referralId} does not exist`);
  return row;
}

async function insertInvitation(
  tx: Tx,
  ref: ReferralEventRef,
  row: Row,
  due_at_ms: number | null,
): Promise<void> {
  await tx.referral.create({
    data: {
      programId: ref.programId,
      id: ref.referralId,
      linkId: row.link_id,
      referrerId: row.referrer_id,
      policyVersion: row.version,
      stage: 'invited',
      issuedAt: row.issued_at,
      dueAt: due_at_ms === null ? null : new Date(due_at_ms),
      version: 1,
      ...(isKept(tx) && { isTold: false, tellAt: new Date(ref.now_ms) }),
    },
    select: { id: true },
  });
}
