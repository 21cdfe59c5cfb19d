import type { TraceStep } from '../../domain/rules/trace.ts';
import type { Speaker } from './speaker.ts';

/** The result of one check, as a sentence. A check that failed came to a refusal's code. */
export function explainStep(by: Speaker, { step, passed, result }: TraceStep): string {
  const isBare = result === null || result === 'true';
  const detail = passed ? result : by.word('refusals', result ?? '').replace(/\.$/, '');
  return by.say('step', {
    step: by.word('steps', step),
    passed: String(passed),
    result: isBare ? 'none' : (detail ?? 'none'),
  });
}
