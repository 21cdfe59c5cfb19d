import { ok, type Result, refuse } from '../refusal.ts';
import { type CelLanguage, type Expression, forbiddenCall } from './language.ts';

/** What people know the expression as. */
type Noun = 'condition' | 'expression';

/**
 * Reads and type-checks an expression. Refuses with `condition_invalid` what does not parse, calls what it
 * may not, or names what does not exist.
 */
export function readExpression(
  language: CelLanguage,
  source: string,
  noun: Noun,
): Result<{ readonly expression: Expression; readonly type: string }> {
  const parsed = attempt(() => language.parse(source), noun);
  if (!parsed.ok) return parsed;
  const article = noun === 'condition' ? 'A' : 'An';
  const forbidden = forbiddenCall(parsed.value.ast);
  if (forbidden !== null) return refuse('condition_invalid', `${article} ${noun} may not call ${forbidden}.`);
  const check = parsed.value.check();
  if (!check.valid) return refuse('condition_invalid', `The ${noun} is wrong: ${firstLine(check.error)}.`);
  return ok({ expression: parsed.value, type: String(check.type) });
}

/**
 * The library says no by throwing; here that becomes a value. The message has its first line alone: the rest
 * quotes the source.
 */
export function attempt<T>(run: () => T, noun: Noun): Result<T> {
  try {
    return ok(run());
  } catch (error) {
    return refuse('condition_invalid', `The ${noun} cannot be evaluated: ${firstLine(error)}.`);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
