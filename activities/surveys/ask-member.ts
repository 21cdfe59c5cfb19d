import type { Policy } from '../../domain/policies/policy.ts';
import { beginsNew } from '../../domain/programs/deciding.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import { FRESH_MS, type KnownSurvey, type MomentFacts, planSurveys } from '../../domain/surveys/moments.ts';
import { DAY_MS } from '../../domain/time.ts';
import { whoStays } from '../../engine/members/find.ts';
import { programStatusSql } from '../../engine/programs/status.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef, MemberStep } from '../member-step.ts';
import { makeSurvey } from './make.ts';

/** The longest that a policy may put off asking. */
const DELAY_MAX_MS = 30 * DAY_MS;
const REDEMPTIONS_MAX = 50;
const KNOWN_MAX = 500;

/**
 * Makes the surveys whose moment has come for a member, each once by `survey:<member>:<survey>:<occasion>`
 * and as its cap allows. Returns when the next moment comes. Costs one query when the policy in force has no
 * surveys.
 */
export async function askMember(deps: ActivityDeps, ref: MemberRef): Promise<MemberStep> {
  const current = await deps.policies.inForce(deps.db, ref.programId);
  if (current?.policy.surveys === undefined) return { due_at_ms: null };
  const { version, policy } = current;
  return await inTransaction(deps, (tx) => planMember(tx, ref, version, policy));
}

async function planMember(
  tx: Tx,
  ref: MemberRef,
  policyVersion: number,
  policy: Policy,
): Promise<MemberStep> {
  const { programId, memberId, now_ms } = ref;
  // The one who stays has moments of their own.
  if ((await whoStays(tx, programId, memberId)) !== memberId) return { due_at_ms: null };
  const { surveys = [] } = policy;
  const { status, isErased, ...moments } = await factsOf(tx, ref);
  if (isErased) return { due_at_ms: null };
  // While the program is not live, moments are left to the search, which finds them once it is live again.
  if (!beginsNew(status)) return { due_at_ms: null };
  const redeemed = surveys.some(({ moment }) => moment.on === 'redemption') ? await redeemedBy(tx, ref) : [];
  const facts = { ...moments, redeemed };
  const { due, next_at_ms } = planSurveys(surveys, facts, await knownOf(tx, ref), now_ms);
  for (const occasion of due) {
    await makeSurvey(tx, { ...occasion, programId, memberId, policyVersion, now_ms });
  }
  return { due_at_ms: next_at_ms };
}

interface FactsRow {
  readonly status: ProgramStatus;
  readonly isErased: boolean;
  readonly joinedAt: Date;
  readonly activeAt: Date;
  readonly firstRewardAt: Date | null;
  readonly hasReferred: boolean;
  readonly wasReferred: boolean;
}

type Facts = Omit<MomentFacts, 'redeemed'> & Pick<FactsRow, 'status' | 'isErased'>;

/**
 * Reads the facts of a member and the program's status. Locks the member's row, so that plans for a member
 * are made one after the other.
 */
async function factsOf(tx: Tx, { programId, memberId, now_ms }: MemberRef): Promise<Facts> {
  const [row] = await tx.$queryRaw<FactsRow[]>`
    SELECT ${programStatusSql(now_ms)}::text AS status, coalesce(m.signed_up_at, m.created_at) AS "joinedAt",
      m.erased_at IS NOT NULL AS "isErased",
      greatest(coalesce(m.signed_up_at, m.created_at),
        (SELECT occurred_at FROM events
         WHERE program_id = m.program_id AND subject = m.external_id ORDER BY seq DESC LIMIT 1),
        (SELECT max(signed_up_at) FROM referrals WHERE program_id = m.program_id AND referrer_id = m.id),
        (SELECT max(created_at) FROM redemptions WHERE program_id = m.program_id AND member_id = m.id)
      ) AS "activeAt",
      (SELECT min(granted_at) FROM rewards
       WHERE program_id = m.program_id AND member_id = m.id AND status <> 'reversed') AS "firstRewardAt",
      EXISTS (
        SELECT 1 FROM referrals
        WHERE program_id = m.program_id AND referrer_id = m.id AND signed_up_at IS NOT NULL) AS "hasReferred",
      EXISTS (SELECT 1 FROM referrals WHERE program_id = m.program_id AND referred_id = m.id) AS "wasReferred"
    FROM members m JOIN programs p ON p.id = m.program_id
    WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid FOR NO KEY UPDATE OF m`;
  if (row === undefined) throw new Error(`member ${memberId} does not exist`);
  return {
    status: row.status,
    isErased: row.isErased,
    joined_at_ms: row.joinedAt.getTime(),
    active_at_ms: row.activeAt.getTime(),
    first_reward_at_ms: row.firstRewardAt?.getTime() ?? null,
    has_referred: row.hasReferred,
    was_referred: row.wasReferred,
  };
}

async function redeemedBy(
  tx: Tx,
  { programId, memberId, now_ms }: MemberRef,
): Promise<MomentFacts['redeemed']> {
  const updatedAt = { gte: new Date(now_ms - FRESH_MS - DELAY_MAX_MS) };
  const rows = await tx.redemption.findMany({
    where: { programId, memberId, status: 'settled', updatedAt },
    orderBy: { updatedAt: 'desc' },
    take: REDEMPTIONS_MAX,
    select: { id: true, updatedAt: true },
  });
  return rows.map((row) => ({ id: row.id, at_ms: row.updatedAt.getTime() }));
}

async function knownOf(tx: Tx, { programId, memberId }: MemberRef): Promise<KnownSurvey[]> {
  const rows = await tx.survey.findMany({
    where: { programId, memberId },
    orderBy: { createdAt: 'desc' },
    take: KNOWN_MAX,
    select: { ruleId: true, occasion: true, status: true, askedAt: true, dueAt: true },
  });
  return rows.map(({ ruleId, occasion, status, askedAt, dueAt }) => ({
    survey_id: ruleId,
    occasion,
    asked_at_ms: status === 'cancelled' ? (askedAt?.getTime() ?? null) : (askedAt ?? dueAt).getTime(),
  }));
}
