import type { SurveyRule } from '../../domain/surveys/policy.ts';
import type { SurveyStatus } from '../../domain/surveys/survey.ts';
import { nameId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';

/** Asked seven days after the signup. */
export const NPS_SURVEY: SurveyRule = {
  id: 'nps',
  moment: { on: 'days_after_signup', days: 7 },
  remind_after_days: 3,
  lapse_after_days: 10,
  cap_days: 30,
};

/** Types of the messages about surveys, in order. */
export async function newsOf(db: Database, programId: string): Promise<string[]> {
  const messages = await db.outbox.findMany({
    where: { programId, type: { startsWith: 'survey.' } },
    orderBy: { id: 'asc' },
  });
  return messages.map(({ type }) => type);
}

export interface SurveySeed {
  readonly ruleId?: string;
  readonly occasion?: string;
  readonly policyVersion?: number;
  readonly status?: SurveyStatus;
  readonly at?: Date;
  /** From asking to the end. */
  readonly open_ms?: number;
}

/** A survey as the engine leaves it in some stage. Gives its id. */
export async function seedSurvey(
  db: Database,
  programId: string,
  memberId: string,
  seed: SurveySeed = {},
): Promise<string> {
  const {
    ruleId = 'nps',
    policyVersion = 1,
    status = 'asked',
    at = new Date(),
    open_ms = 864_000_000,
  } = seed;
  const occasion = seed.occasion ?? `o-${Math.random().toString(36).slice(2)}`;
  const key = `survey:${memberId}:${ruleId}:${occasion}`;
  const id = nameId(programId, key);
  const isOver = status === 'closed' || status === 'lapsed' || status === 'cancelled';
  const closesAt = new Date(at.getTime() + open_ms);
  const row = {
    programId,
    id,
    key,
    memberId,
    ruleId,
    occasion,
    policyVersion,
    status,
    dueAt: at,
    createdAt: at,
  };
  const asked = status === 'scheduled' ? {} : { askedAt: at, closesAt };
  await db.survey.create({
    data: {
      ...row,
      ...asked,
      turnAt: isOver ? null : status === 'scheduled' ? at : closesAt,
      endedAt: isOver ? at : null,
    },
  });
  return id;
}
