import type { Money } from '../../domain/money.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { FixedRate } from '../../domain/rates/convert.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockEventRows } from '../events/lock.ts';
import { fixAllRates } from '../rates/fix.ts';

/** An event that counts and has a value. */
export interface ValuedSource {
  readonly eventId: string;
  readonly value: Money;
  readonly occurred_at_ms: number;
  /** Nobody else decides it meanwhile: it is decided, or the transaction holds its lock. */
  readonly isSettled: boolean;
}

/**
 * The rates of events' values for the units that points ask for: the policy's, and those that rules and
 * achievements count. Events that their referral may be deciding are locked first, as the referral's step
 * does before it locks members.
 */
export async function ratesFor(
  tx: Tx,
  programId: string,
  events: readonly ValuedSource[],
  policy: Policy,
): Promise<ReadonlyMap<string, readonly FixedRate[]>> {
  const open = events.filter(({ isSettled }) => !isSettled).map(({ eventId }) => eventId);
  if (open.length > 0) await lockEventRows(tx, programId, open);
  const units = [policy.unit, ...(policy.points === undefined ? [] : unitsOf(policy.points))];
  return await fixAllRates(tx, programId, events, units);
}

const unitsOf = ({ rules, achievements }: PointsPolicy): string[] => [
  ...rules.flatMap(({ award }) => (award.kind === 'fixed' ? [] : [award.per.unit])),
  ...achievements.flatMap(({ test }) => (test.kind === 'sum' ? [test.at_least.unit] : [])),
];
