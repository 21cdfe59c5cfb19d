import type { TraceStep } from '../../domain/rules/trace.ts';

/** A code as words. */
export const words = (name: string): string => name.replaceAll('_', ' ');

/** The result of one check, as a sentence. */
export function explainStep({ step, passed, result }: TraceStep): string {
  const detail = result === null || result === 'true' ? '' : ` (${words(result)})`;
  return `Check “${words(step)}”: ${passed ? 'passed' : 'failed'}${detail}.`;
}
