import type { SurveyRule } from '../../domain/surveys/policy.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';

/** The rules that a survey was made by. Throws when its version has none: it was made by them. */
export async function ruleOf(
  { policies }: Pick<ActivityDeps, 'policies'>,
  tx: Tx,
  programId: string,
  survey: { readonly policy_version: number; readonly rule_id: string },
): Promise<SurveyRule> {
  const { surveys } = await policies.load(tx, programId, survey.policy_version);
  const rule = surveys?.find(({ id }) => id === survey.rule_id);
  if (rule === undefined) throw new Error(`version ${survey.policy_version} has no survey ${survey.rule_id}`);
  return rule;
}
