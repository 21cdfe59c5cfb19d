import { beginsNew } from '../../domain/programs/deciding.ts';
import { planSurveys, type SurveyPlan } from '../../domain/surveys/moments.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef, MemberStep } from '../member-step.ts';
import { makeSurveys } from './make.ts';
import { momentFactsOf, readSurveyed } from './surveyed.ts';

/**
 * Makes the surveys whose moment has come for a member, each once by `survey:<member>:<survey>:<occasion>`
 * and as its cap allows. Returns when the next moment comes. While nothing is due, which is nearly always, it
 * asks one question, or two where a silence is a moment, and locks nothing. A fact that another transaction
 * writes at the same moment is not lost: the message of it brings the member a call of its own, and the
 * search finds what has none.
 */
export async function askMember(deps: ActivityDeps, ref: MemberRef): Promise<MemberStep> {
  const { due, next_at_ms } = await planMember(deps, deps.db, ref);
  if (due.length === 0) return { due_at_ms: next_at_ms };
  return await inTransaction(deps, async (tx) => {
    const { programId, memberId, now_ms } = ref;
    // Plans by which surveys are made follow one another, or two would each find room under a cap.
    await lockMembers(tx, programId, [memberId]);
    const plan = await planMember(deps, tx, ref);
    await makeSurveys(tx, { programId, memberId, policyVersion: plan.policyVersion, now_ms }, plan.due);
    return { due_at_ms: plan.next_at_ms };
  });
}

interface MemberPlan extends SurveyPlan {
  readonly policyVersion: number;
}

const NOTHING: MemberPlan = { policyVersion: 0, due: [], next_at_ms: null };

async function planMember(
  { policies }: Pick<ActivityDeps, 'policies'>,
  db: Database | Tx,
  ref: MemberRef,
): Promise<MemberPlan> {
  const { programId, memberId, now_ms } = ref;
  const surveyed = await readSurveyed(db, ref);
  if (surveyed === null || surveyed.version === null) return NOTHING;
  const { version, status, isGone } = surveyed;
  const { surveys = [] } = await policies.load(db, programId, version);
  if (surveys.length === 0) return NOTHING;
  if (isGone === null) throw new Error(`member ${memberId} does not exist`);
  // Who was merged away or erased is asked nothing: the one who stays has moments of their own. While the
  // program is not live, moments are left to the search, which finds them once it is live again.
  if (isGone || !beginsNew(status)) return NOTHING;
  const facts = await momentFactsOf(db, ref, surveyed, surveys);
  return { ...planSurveys(surveys, facts, surveyed.known, now_ms), policyVersion: version };
}
