import { expect } from 'vitest';
import type { SurveyRule } from '../../domain/surveys/policy.ts';
import { surveyToken } from '../../engine/surveys/link.ts';
import { testActivities } from '../support/play.ts';
import { useResource } from '../support/resource.ts';
import { TEST_LINK_SECRET } from '../support/seed.ts';
import { type SurveySeed, seedSurvey } from '../support/surveys.ts';
import { type Answer, type CallOptions, startApi, type TestApi } from './harness.ts';

const DAY_MS = 86_400_000;
/** What somebody may write who means no good. */
export const XSS = `</textarea><script>alert('x')</script>"&`;

export const RULES: readonly SurveyRule[] = [
  {
    id: 'nps',
    moment: { on: 'first_reward' },
    remind_after_days: 3,
    lapse_after_days: 10,
    cap_days: 30,
  },
  {
    id: 'long',
    questions: [
      { id: 'ease', kind: 'scale', text: { en: 'How easy was it?' }, min: 1, max: 5 },
      {
        id: 'how',
        kind: 'choice',
        text: { en: `How did you hear of us? ${XSS}`, de: 'Wie haben Sie von uns gehört?' },
        options: [
          { id: 'friend', text: { en: 'A friend', de: 'Freunde' } },
          { id: 'web', text: { en: 'The web' } },
        ],
      },
      { id: 'why', kind: 'comment', text: { en: 'Why?' }, length_max: 20 },
    ],
    moment: { on: 'redemption' },
    remind_after_days: 0,
    lapse_after_days: 5,
    cap_days: 0,
  },
];

/** An API whose first program has two surveys in its policy, and a member. */
export interface SurveyApi {
  readonly api: TestApi;
  readonly memberId: string;
  readonly referralCode: string;
  /** A survey of the member's, or of another's. Gives its id. */
  survey(seed?: SurveySeed, whose?: string): Promise<string>;
  answer(id: string, answers: object, changes?: object, options?: CallOptions): Promise<Answer>;
  /** Decides what waits for surveys, as their workflows would. */
  decide(): Promise<void>;
  /** A survey with its answer on record. Gives its id. */
  answered(answers: object, seed?: SurveySeed, whose?: string): Promise<string>;
  tokenOf(id: string, expires_at_ms?: number): string;
  page(token: string): Promise<Answer>;
  post(token: string, fields: Readonly<Record<string, string>>): Promise<Answer>;
}

async function startSurveyApi(): Promise<SurveyApi> {
  const api = await startApi();
  const { policy } = (await api.query('policies.builtin')).data;
  const published = await api.mutate('policies.publish', { policy: { ...policy, surveys: RULES } });
  const policyVersion = published.data.version as number;
  const { id: memberId, referralCode } = await api.member();
  const survey = (seed: SurveySeed = {}, whose = memberId) =>
    seedSurvey(api.db, api.programId, whose, { policyVersion, ...seed });
  const decide = () => decideAll(api);
  return {
    api,
    memberId,
    referralCode,
    survey,
    decide,
    answer: (id, answers, changes = {}, options = {}) =>
      api.mutate('surveys.answer', { id, memberId, answers, ...changes }, options),
    async answered(answers, seed = {}, whose = memberId) {
      const id = await survey(seed, whose);
      const taken = await api.mutate('surveys.answer', { id, memberId: whose, answers });
      expect(taken.status, taken.text).toBe(200);
      await decide();
      return id;
    },
    tokenOf: (id, expires_at_ms = Date.now() + DAY_MS) => surveyToken(TEST_LINK_SECRET, id, expires_at_ms),
    page: (token) => api.send(`/s/${token}`, {}),
    post: (token, fields) =>
      api.send(`/s/${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

/** One such API that all tests of the file share. */
export const useSurveyApi = (): SurveyApi =>
  useResource({ make: startSurveyApi, end: (on) => on.api.close() });

async function decideAll(api: TestApi): Promise<void> {
  const activities = testActivities(api.database);
  const events = await api.db.event.findMany({
    where: { programId: api.programId, state: 'pending', type: { startsWith: 'survey.' } },
    orderBy: { seq: 'asc' },
  });
  for (const { id: eventId, programId, workflowId, type } of events) {
    const surveyId = workflowId?.slice('survey-'.length) ?? '';
    const ref = { programId, eventId, surveyId, now_ms: Date.now() };
    if (type === 'survey.cancelled') await activities.cancelSurvey(ref);
    else await activities.answerSurvey(ref);
  }
}
