import { expect } from 'vitest';
import { readText } from './documents.ts';

/** What a diagram of stages has to show. */
export interface Drawn {
  /** How it begins: each a state, or `state: step`. */
  readonly beginnings: readonly string[];
  /** From, by which step, to. */
  readonly moves: readonly (readonly [string, string, string])[];
  readonly ends: readonly string[];
}

/** Expects a Mermaid state diagram to draw all of this, its beginnings first, and nothing else. */
export function expectDrawn(diagram: string, { beginnings, moves, ends }: Drawn): void {
  const [head, ...lines] = diagram.trimEnd().split('\n');
  expect(head).toBe('stateDiagram-v2');
  const first = beginnings.map((beginning) => `  [*] --> ${beginning}`);
  expect(lines.slice(0, first.length)).toEqual(first);
  const expected = [
    ...first,
    ...moves.map(([from, step, to]) => `  ${from} --> ${to}: ${step}`),
    ...ends.map((end) => `  ${end} --> [*]`),
  ];
  expect(lines.sort()).toEqual(expected.sort());
}

/** The values of an enum of the database, in its order. */
export function enumInDatabase(name: string): string[] {
  const body = new RegExp(`enum ${name} \\{([^@}]*)`).exec(readText('prisma/schema.prisma'))?.[1] ?? '';
  return body.split(/\s+/).filter(Boolean);
}
