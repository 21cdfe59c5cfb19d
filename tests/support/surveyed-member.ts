import { beforeEach } from 'vitest';
import type { SurveyRule } from '../../domain/surveys/policy.ts';
import { useDatabase } from './database.ts';
import { DAY_MS, T0_MS, useActivities } from './play.ts';
import { type SeededMember, seedMember, seedProgram, testPolicy } from './seed.ts';
import { testSurveyRule } from './survey-rule.ts';

export const lapse = testSurveyRule({ id: 'quiet', moment: { on: 'lapse', days: 30 } });
export const redeemed = testSurveyRule({ id: 'paid', moment: { on: 'redemption' } });

export const day = (days: number) => T0_MS + days * DAY_MS;

/** A program with surveys and its member Ann, made anew for each test, and the steps of their days. */
export function useSurveyedMember() {
  let programId: string;
  let ann: SeededMember;

  const database = useDatabase({ poolMax: 20 });
  const activities = useActivities(database);
  async function begin(...surveys: readonly SurveyRule[]) {
    programId = await seedProgram(database.db, testPolicy(surveys.length === 0 ? {} : { surveys }));
    ann = await join('ann', 0);
  }
  beforeEach(() => begin(testSurveyRule()));

  async function join(externalId: string, days: number): Promise<SeededMember> {
    const member = await seedMember(database.db, programId, externalId);
    const at = new Date(day(days));
    await database.db.member.updateMany({
      where: { id: member.id },
      data: { signedUpAt: at, createdAt: at },
    });
    return member;
  }

  const askAnn = (days: number) => activities.askMember({ programId, memberId: ann.id, now_ms: day(days) });
  const surveysOf = (memberId = ann.id) =>
    database.db.survey.findMany({
      where: { programId, memberId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  const calls = () => database.db.event.count({ where: { programId, type: 'survey.due' } });

  async function only() {
    const [survey, ...more] = await surveysOf();
    if (survey === undefined || more.length > 0) throw new Error('there is one survey');
    return survey;
  }

  return {
    database,
    activities,
    begin,
    join,
    askAnn,
    surveysOf,
    calls,
    only,
    get programId() {
      return programId;
    },
    get ann() {
      return ann;
    },
  };
}
