import { isOnHold } from '../../domain/programs/deciding.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import { must } from '../../domain/refusal.ts';
import { allowedFrom } from '../../domain/surveys/moments.ts';
import { nextSurvey } from '../../domain/surveys/survey.ts';
import { addDays, HOUR_MS } from '../../domain/time.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { programStatus } from '../../engine/programs/status.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { ruleOf } from './rule.ts';
import type { LockedSurvey, SurveyRef, SurveySnapshot } from './snapshot.ts';
import { takeTurn } from './turn.ts';
import { tellSurvey, writeSurvey } from './write.ts';

/** How long a survey of a paused program rests before it is looked at again. */
const PAUSE_REST_MS = HOUR_MS;

/**
 * Asks a member. Cancels the survey instead when the policy in force no longer has it or its program has
 * ended. Puts it off while it would follow another survey too soon, as after an outage, and while the program
 * is paused.
 */
export function askSurvey(deps: ActivityDeps, ref: SurveyRef): Promise<SurveySnapshot> {
  return takeTurn(deps, ref, ['ask'], async (tx, survey) => {
    const programIs = await programStatus(tx, ref.programId, ref.now_ms);
    if (isOnHold(programIs)) {
      const dueAt = new Date(ref.now_ms + PAUSE_REST_MS);
      return await writeSurvey(tx, ref, survey, { status: survey.status, dueAt });
    }
    const against = await whyNot(deps, tx, ref, { status: programIs, ruleId: survey.ruleId });
    if (against !== null) {
      const status = must(nextSurvey(survey.status, 'cancel'));
      return await writeSurvey(tx, ref, survey, { status, reason: against });
    }
    const rule = await ruleOf(deps, tx, ref.programId, survey);
    const last_ms = await lastAsked(tx, ref, survey);
    const from_ms = last_ms === null ? ref.now_ms : allowedFrom(last_ms, rule.cap_days);
    if (from_ms > ref.now_ms) {
      return await writeSurvey(tx, ref, survey, { status: survey.status, dueAt: new Date(from_ms) });
    }
    const { remind_after_days, lapse_after_days } = rule;
    await writeSurvey(tx, ref, survey, {
      status: must(nextSurvey(survey.status, 'ask')),
      askedAt: new Date(ref.now_ms),
      remindAt: remind_after_days === 0 ? null : new Date(addDays(ref.now_ms, remind_after_days)),
      closesAt: new Date(addDays(ref.now_ms, lapse_after_days)),
    });
    await tellSurvey(tx, ref, survey, [{ what: 'asked' }]);
  });
}

async function whyNot(
  deps: ActivityDeps,
  tx: Tx,
  { programId }: SurveyRef,
  { status, ruleId }: { readonly status: ProgramStatus; readonly ruleId: string },
): Promise<string | null> {
  if (status === 'ended') return 'program_ended';
  const current = await deps.policies.inForce(tx, programId);
  return current?.policy.surveys?.some(({ id }) => id === ruleId) === true ? null : 'survey_withdrawn';
}

/**
 * When the member was last asked anything. Locks the member's row first, so that two surveys that are due at
 * once go one after the other.
 */
async function lastAsked(
  tx: Tx,
  { programId }: SurveyRef,
  { memberId }: LockedSurvey,
): Promise<number | null> {
  await lockMembers(tx, programId, [memberId]);
  const last = await tx.survey.aggregate({ where: { programId, memberId }, _max: { askedAt: true } });
  return last._max.askedAt?.getTime() ?? null;
}
