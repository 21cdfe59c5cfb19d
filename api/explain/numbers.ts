import type { NumberChanges } from '../../domain/points/numbers.ts';
import type { Speaker } from '../language/speaker.ts';

/**
 * What a late event, or a command to ask again, changed for the points of others, as `shift-writes.ts` of the
 * activities notes it.
 */
export function explainRenumbered(by: Speaker, trace: unknown): string[] {
  const { renumbered, recounted } = (trace ?? {}) as MovedTrace;
  return [
    ...(renumbered === undefined ? [] : explainMoved(by, 'numbers', renumbered)),
    ...(recounted === undefined ? [] : explainMoved(by, 'recount', recounted)),
  ];
}

interface MovedTrace {
  readonly renumbered?: NumberChanges;
  readonly recounted?: NumberChanges;
}

function explainMoved(
  by: Speaker,
  how: 'numbers' | 'recount',
  { taken, granted, refused }: NumberChanges,
): string[] {
  const valuesOf = ({ ruleId: rule, events: count, points }: NumberChanges['taken'][number]) => ({
    rule,
    count,
    points: Number(points),
  });
  return [
    ...taken.map((one) => by.say(`${how}.points_taken`, valuesOf(one))),
    ...granted.map((one) => by.say(`${how}.points_granted`, valuesOf(one))),
    ...refused.map(({ ruleId: rule, events: count, code, message }) =>
      by.say(`${how}.points_refused`, { rule, count, code, why: by.why(code, message) }),
    ),
  ];
}
