/**
 * A state machine as a Mermaid state diagram, so that the documentation shows what the code does: how it
 * begins (each a state, or `state: step`), then every state with its steps, or its end when it has none.
 */
export function stateDiagram(
  beginnings: readonly string[],
  table: Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>,
): string {
  const lines = Object.entries(table).flatMap(([state, exits]) => {
    const steps = Object.entries(exits);
    return steps.length === 0
      ? [`  ${state} --> [*]`]
      : steps.map(([step, to]) => `  ${state} --> ${to}: ${step}`);
  });
  return ['stateDiagram-v2', ...beginnings.map((state) => `  [*] --> ${state}`), ...lines, ''].join('\n');
}
