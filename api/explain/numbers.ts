import type { NumberChanges } from '../../domain/points/numbers.ts';
import type { Speaker } from '../language/speaker.ts';

/** What a late event changed for the points of later ones, as `late-writes.ts` of the activities notes it. */
export function explainRenumbered(by: Speaker, trace: unknown): string[] {
  const { renumbered } = (trace ?? {}) as { readonly renumbered?: NumberChanges };
  if (renumbered === undefined) return [];
  const { taken, granted, refused } = renumbered;
  const valuesOf = ({ ruleId: rule, events: count, points }: NumberChanges['taken'][number]) => ({
    rule,
    count,
    points: Number(points),
  });
  return [
    ...taken.map((one) => by.say('numbers.points_taken', valuesOf(one))),
    ...granted.map((one) => by.say('numbers.points_granted', valuesOf(one))),
    ...refused.map(({ ruleId: rule, events: count, code, message }) =>
      by.say('numbers.points_refused', { rule, count, code, why: by.why(code, message) }),
    ),
  ];
}
