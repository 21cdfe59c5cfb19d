import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { type CheckedAnswers, checkAnswers } from '../../domain/surveys/answer.ts';
import { npsGroup } from '../../domain/surveys/nps.ts';
import { questionsOf } from '../../domain/surveys/policy.ts';
import { nextSurvey, type SurveyStatus } from '../../domain/surveys/survey.ts';
import type { OpenEvent } from '../../engine/events/lock.ts';
import { canonicalJson } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { ruleOf } from './rule.ts';
import type { LockedSurvey, SurveyEventRef, SurveySnapshot } from './snapshot.ts';
import { takeSurveyStep } from './step.ts';
import { type SurveyNews, tellSurvey, writeSurvey } from './write.ts';

/**
 * Records a member's answer, or their new answer while the survey is open. The answer counts from the moment
 * at which it was given, so one that was given in time is not lost because it was stored late. Refusals:
 * `survey_closed`, `stage_forbids` and the codes of `checkAnswers`.
 */
export function answerSurvey(deps: ActivityDeps, ref: SurveyEventRef): Promise<SurveySnapshot> {
  return takeSurveyStep(deps, ref, async (tx, survey, command) => {
    const judged = await judgeAnswer(deps, tx, ref, survey, command);
    if (!judged.ok) return judged;
    const { status, answers } = judged.value;
    await recordAnswer(tx, ref, survey, answers, command);
    await writeSurvey(tx, ref, survey, { status });
    return ok(status);
  });
}

async function judgeAnswer(
  deps: ActivityDeps,
  tx: Tx,
  { programId }: SurveyEventRef,
  survey: LockedSurvey,
  { payload, occurredAt }: OpenEvent,
): Promise<Result<{ readonly status: SurveyStatus; readonly answers: CheckedAnswers }>> {
  if (survey.closesAt !== null && survey.closesAt <= occurredAt) {
    return refuse('survey_closed', 'The survey is over: its time has passed.');
  }
  const status = nextSurvey(survey.status, 'answer');
  if (!status.ok) return status;
  const rule = await ruleOf(deps, tx, programId, survey);
  const payloadAnswers = JSON.parse(payload['answers'] ?? '{}') as Readonly<Record<string, unknown>>;
  const answers = checkAnswers(questionsOf(rule), payloadAnswers);
  return answers.ok ? ok({ status: status.value, answers: answers.value }) : answers;
}

interface Stored {
  readonly answers: unknown;
  readonly score: number | null;
  readonly changes: number;
}

async function recordAnswer(
  tx: Tx,
  ref: SurveyEventRef,
  survey: LockedSurvey,
  { values, score, comment }: CheckedAnswers,
  { occurredAt }: OpenEvent,
): Promise<void> {
  const { programId, surveyId } = ref;
  const previous: Stored | null = await tx.surveyAnswer.findUnique({
    where: { programId_surveyId: { programId, surveyId } },
    select: { answers: true, score: true, changes: true },
  });
  // An unchanged answer is no news, least of all to operators.
  if (previous !== null && canonicalJson(previous.answers) === canonicalJson(values)) return;
  const language = comment === null ? null : await languageOf(tx, programId, survey.memberId);
  await tx.$executeRaw`
    INSERT INTO survey_answers AS a
      (program_id, survey_id, event_id, answers, score, comment, language, search,
       first_answered_at, answered_at)
    VALUES (${programId}::uuid, ${surveyId}::uuid, ${ref.eventId}::uuid, ${JSON.stringify(values)}::jsonb,
      ${score}, ${comment}, ${language}, to_tsvector(${language}::regconfig, ${comment}::text),
      ${occurredAt}, ${occurredAt})
    ON CONFLICT (program_id, survey_id) DO UPDATE SET
      event_id = excluded.event_id, answers = excluded.answers, score = excluded.score,
      comment = excluded.comment, language = excluded.language, search = excluded.search,
      answered_at = excluded.answered_at, changes = a.changes + 1,
      handled_at = NULL, handled_by = NULL, handled_note = NULL`;
  const nth = previous === null ? 0 : previous.changes + 1;
  await tellSurvey(tx, ref, survey, [{ what: 'answered', nth }, ...newsOf(score)]);
}

/** What a score means to others: told once a survey, however often the member wavers. */
function newsOf(score: number | null): { what: SurveyNews }[] {
  const group = score === null ? 'passive' : npsGroup(score);
  return group === 'passive' ? [] : [{ what: group }];
}

const LANGUAGES: Readonly<Record<string, string>> = { en: 'english', de: 'german' };

/** By what rules the words of a comment are cut down for searching. */
async function languageOf(tx: Tx, programId: string, memberId: string): Promise<string> {
  const { locale } = await tx.member.findUniqueOrThrow({
    where: { programId_id: { programId, id: memberId } },
    select: { locale: true },
  });
  return LANGUAGES[locale.slice(0, 2).toLowerCase()] ?? 'simple';
}
