import type { TraceStep } from '../../domain/rules/trace.ts';
import type { Speaker } from './speaker.ts';

/** The checks that come to an amount, in minor units. */
const OF_AMOUNTS: ReadonlySet<string> = new Set(['amount', 'cap', 'points', 'threshold_reached']);

/**
 * The result of one check, as a sentence. A check that failed came to a refusal's code; one that passed may
 * have come to an amount, which `amountOf` writes out of minor units.
 */
export function explainStep(
  by: Speaker,
  { step, passed, result }: TraceStep,
  amountOf: (minor: string) => string,
): string {
  const isBare = result === null || result === 'true';
  const isAmount = passed && OF_AMOUNTS.has(step) && /^\d+$/.test(result ?? '');
  const value = isAmount ? amountOf(result ?? '') : result;
  const detail = passed ? value : by.word('refusals', result ?? '').replace(/\.$/, '');
  return by.say('step', {
    step: by.word('steps', step),
    passed: String(passed),
    result: isBare ? 'none' : (detail ?? 'none'),
  });
}
