import type { Money } from '../../domain/money.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { FixedRate } from '../../domain/rates/convert.ts';
import type { Tx } from '../../prisma/client.ts';
import { lockEventRow } from '../events/lock.ts';
import { fixRates } from '../rates/fix.ts';

interface Counted {
  readonly programId: string;
  readonly eventId: string;
  readonly value: Money | null;
  readonly occurred_at_ms: number;
  readonly isDecided: boolean;
}

/**
 * The rates of an event's value for the units that points ask for: the policy's, and those that rules and
 * achievements count. An event that its referral may be deciding is locked first, as the referral's step does
 * before it locks members.
 */
export async function ratesFor(tx: Tx, event: Counted, policy: Policy): Promise<readonly FixedRate[]> {
  const { programId, eventId, value, occurred_at_ms, isDecided } = event;
  if (value === null) return [];
  if (!isDecided) await lockEventRow(tx, event);
  const units = [policy.unit, ...(policy.points === undefined ? [] : unitsOf(policy.points))];
  return await fixRates(tx, { programId, eventId, value, occurred_at_ms }, units);
}

const unitsOf = ({ rules, achievements }: PointsPolicy): string[] => [
  ...rules.flatMap(({ award }) => (award.kind === 'fixed' ? [] : [award.per.unit])),
  ...achievements.flatMap(({ test }) => (test.kind === 'sum' ? [test.at_least.unit] : [])),
];
