/**
 * A state machine as a Mermaid state diagram, so that the documentation shows what the code does: how it
 * begins (each a state, or `state: step`), then every state with its steps and, where it is an end, the way
 * out. Left out, `isEnd` is true of states without steps.
 */
export function stateDiagram(
  beginnings: readonly string[],
  table: Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>,
  isEnd = (state: string): boolean => Object.keys(table[state] ?? {}).length === 0,
): string {
  const lines = Object.entries(table).flatMap(([state, exits]) => {
    const steps = Object.entries(exits).map(([step, to]) => `  ${state} --> ${to}: ${step}`);
    return isEnd(state) ? [...steps, `  ${state} --> [*]`] : steps;
  });
  return ['stateDiagram-v2', ...beginnings.map((state) => `  [*] --> ${state}`), ...lines, ''].join('\n');
}
