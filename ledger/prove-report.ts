import type { Proof } from './prove.ts';

const SHOWN_EXAMPLES = 5;

/** The report for people: one line a claim, and the first counterexamples where one is off. */
export function describeProof({ ok, checks, entries, elapsed_ms }: Proof): string {
  const lines = checks.flatMap(({ name, ok: holds, claim, wrong, counterexamples }) => [
    `${holds ? '✓' : '✗'} ${name.padEnd(17)} ${claim}${holds ? '' : ` (${wrong} wrong)`}`,
    ...counterexamples.slice(0, SHOWN_EXAMPLES).map((example) => `    ${example}`),
  ]);
  const verdict = ok ? 'The ledger is proven' : 'The ledger is NOT in order';
  return [
    ...lines,
    '',
    `${verdict}: ${entries.toLocaleString('en')} entries in ${elapsed_ms.toLocaleString('en')} ms.`,
  ].join('\n');
}
