import type { SurveyRule } from '../../domain/surveys/policy.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';

/** The rules that a survey was made by. Throws when its version has none: it was made by them. */
export async function ruleOf(
  { policies }: Pick<ActivityDeps, 'policies'>,
  tx: Tx,
  programId: string,
  survey: { readonly policyVersion: number; readonly ruleId: string },
): Promise<SurveyRule> {
  const { surveys } = await policies.load(tx, programId, survey.policyVersion);
  const rule = surveys?.find(({ id }) => id === survey.ruleId);
  if (rule === undefined) throw new Error(`version ${survey.policyVersion} has no survey ${survey.ruleId}`);
  return rule;
}
