import { questionsOf as questionsOfRule, type SurveyRule } from '../../domain/surveys/policy.ts';
import { DEFAULT_QUESTIONS, type SurveyQuestion } from '../../domain/surveys/questions.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { TtlCache } from '../cache/ttl-cache.ts';

/** A survey with its member and its answer; null when there is none. */
export async function findSurvey(db: Database | Tx, where: { readonly id: string; programId?: string }) {
  return await db.survey.findFirst({
    where,
    include: {
      member: { select: { locale: true, referralCode: true } },
      answer: {
        select: {
          answers: true,
          score: true,
          comment: true,
          changes: true,
          firstAnsweredAt: true,
          answeredAt: true,
          handledAt: true,
          handledBy: true,
          handledNote: true,
        },
      },
    },
  });
}

export type FoundSurvey = NonNullable<Awaited<ReturnType<typeof findSurvey>>>;

/**
 * Questions never change within a policy version. The cache lasts from the page to the answer that follows.
 */
const QUESTIONS_TTL_MS = 600_000;
const questionCache = new TtlCache<readonly SurveyQuestion[]>(QUESTIONS_TTL_MS, 2_000);

/** What a survey asks, by the policy version that it was made by. */
export async function questionsFor(
  db: Database | Tx,
  { programId, policyVersion, ruleId }: Pick<FoundSurvey, 'programId' | 'policyVersion' | 'ruleId'>,
  now_ms: number,
): Promise<readonly SurveyQuestion[]> {
  const name = `${programId}:${policyVersion}:${ruleId}`;
  const cachedQuestions = questionCache.get(name, now_ms);
  if (cachedQuestions !== undefined) return cachedQuestions;
  const where = { programId_version: { programId, version: policyVersion } };
  const row = await db.policyVersion.findUnique({ where, select: { body: true } });
  // Stored by `publishPolicy`, which checked it.
  const surveys = (row?.body as { readonly surveys?: readonly SurveyRule[] } | undefined)?.surveys ?? [];
  const rule = surveys.find(({ id }) => id === ruleId);
  const questions = rule === undefined ? DEFAULT_QUESTIONS : questionsOfRule(rule);
  questionCache.set(name, questions, now_ms);
  return questions;
}
