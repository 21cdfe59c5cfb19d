/** A reward for the referrer's count, of which a step is taken. */
interface StepReward {
  readonly amount_minor: bigint;
  readonly reversed_minor: bigint;
  readonly nth?: number | null | undefined;
}

/**
 * From which rewards of a milestone rate an amount is taken, and how much of each, when the count falls from
 * n: those of the nth, so that each reward that stays is for a step that stays, and has its time. What these
 * do not hold is `rest_minor`.
 */
export function takeLastStep<R extends StepReward>(
  rewards: readonly R[],
  n: number,
  amount_minor: bigint,
): { readonly parts: readonly { readonly reward: R; readonly part_minor: bigint }[]; rest_minor: bigint } {
  let rest_minor = amount_minor;
  const parts = rewards
    .filter(({ nth }) => (nth ?? 0) >= n)
    .toSorted((a, b) => (b.nth ?? 0) - (a.nth ?? 0))
    .map((reward) => {
      const part_minor = lesser(reward.amount_minor - reward.reversed_minor, rest_minor);
      rest_minor -= part_minor;
      return { reward, part_minor };
    })
    .filter(({ part_minor }) => part_minor > 0n);
  return { parts, rest_minor };
}

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
