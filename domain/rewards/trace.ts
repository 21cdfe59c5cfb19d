import type { Granted } from '../rules/caps.ts';
import {
  type RuleTrace,
  type RuleTraceFacts,
  type TraceStep,
  toTraceJson,
  traceFactsOf,
} from '../rules/trace.ts';
import type { RewardFacts } from './facts.ts';
import type { RewardPolicy, Rule } from './rule.ts';

/** Facts that a reward was decided on, as they are stored. */
interface RewardTraceFacts extends RuleTraceFacts {
  readonly qualified_count: number;
  readonly policy_unit: string;
}

/** Why a reward was granted or refused, as it is stored. */
export type RewardTrace = RuleTrace<RewardTraceFacts>;

/** The trace of a decision about one rule; `granted` is what its recipient had had of it. */
export function traceOf(
  { unit }: Pick<RewardPolicy, 'unit'>,
  rule: Rule,
  facts: RewardFacts,
  { granted, steps }: { readonly granted: Granted; readonly steps: readonly TraceStep[] },
): RewardTrace {
  return {
    rule: toTraceJson(rule),
    facts: { ...traceFactsOf(facts, countOf(rule, facts), granted), policy_unit: unit },
    steps,
  };
}

/** The count that the rule looked at: a milestone rate goes by all of them, whenever they qualified. */
const countOf = ({ benefit }: Rule, { countThen, qualifiedCount }: RewardFacts): number =>
  benefit.kind === 'milestone_rate' ? qualifiedCount : (countThen ?? qualifiedCount);
