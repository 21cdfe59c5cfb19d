import { blockedRefusal } from '../members/block.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { type CapLimits, clipToCap, type Granted } from './caps.ts';
import { type ConditionFacts, meetsCondition } from './condition.ts';
import type { TraceStep } from './trace.ts';

/**
 * What a check that passes comes to: true, or how much the rule grants by now (null: a badge or perk, which
 * has no amount).
 */
type Passed = true | bigint | null;

/** One check of a rule, named as the trace names it. `run` gets the amount that the checks before came to. */
export interface RuleCheck {
  readonly step: string;
  readonly run: (wanted_minor: bigint | null) => Result<Passed>;
}

/**
 * What a rule's checks came to: the amount, in minor units, or the first refusal; and each check that was
 * asked.
 */
export interface CheckedRule {
  readonly amount: Result<bigint | null>;
  readonly steps: readonly TraceStep[];
}

/** Asks a rule's checks in their order. Each leaves its step in the trace, and the first "no" ends it. */
export function runChecks(checks: readonly RuleCheck[]): CheckedRule {
  const steps: TraceStep[] = [];
  let wanted_minor: bigint | null = null;
  for (const { step, run } of checks) {
    const result = run(wanted_minor);
    steps.push({ step, passed: result.ok, result: result.ok ? textOf(result.value) : result.code });
    if (!result.ok) return { amount: result, steps };
    if (result.value !== true) wanted_minor = result.value;
  }
  return { amount: ok(wanted_minor), steps };
}

const textOf = (value: Passed): string | null => (value === null ? null : value.toString());

/** `program_live`: nothing is granted while the program does not grant. */
export function liveCheck(programLive: boolean): RuleCheck {
  const refusal = refuse('program_not_live', 'The program is not live, so nothing is granted.');
  return { step: 'program_live', run: () => (programLive ? ok(true) : refusal) };
}

/** `member`: a member who is blocked earns nothing; no check of one who is not. */
export const blockedChecks = (recipientId: string | null, blockedIds: ReadonlySet<string>): RuleCheck[] =>
  recipientId !== null && blockedIds.has(recipientId) ? [{ step: 'member', run: () => blockedRefusal }] : [];

/** `condition`: what the rule's condition says of the facts; no check where there is no condition. */
export function conditionChecks(source: string | null, facts: ConditionFacts): RuleCheck[] {
  if (source === null) return [];
  const sentence = "The rule's condition does not hold for this event.";
  return [{ step: 'condition', run: () => meetsCondition(source, facts, sentence) }];
}

/** `cap`: clips the amount to the room that the cap leaves. */
export function capCheck(cap: CapLimits | null, granted: Granted): RuleCheck {
  return { step: 'cap', run: (wanted_minor) => clipToCap(cap, wanted_minor, granted) };
}
