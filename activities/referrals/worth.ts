import { unitOfMilestone } from '../../domain/milestones/steps.ts';
import type { Money } from '../../domain/money.ts';
import { type Conversion, conversionOf, type FixedRate, valueCounted } from '../../domain/rates/convert.ts';
import type { RuleFacts } from '../../domain/rules/facts.ts';
import { fixRates } from '../../engine/rates/fix.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LockedEvent } from './event.ts';

/**
 * The event with the rates of its value fixed, for each unit that it may count in: that of its referral's
 * policy, those of boards, and those of the milestones in force.
 */
export async function withRates(
  { policies }: ActivityDeps,
  tx: Tx,
  event: LockedEvent,
): Promise<LockedEvent> {
  const { ref, value, occurred_at_ms, policy, boards, mayConvert } = event;
  if (value === null || !mayConvert) return event;
  const { programId, eventId } = ref;
  const inForce = await policies.inForce(tx, programId);
  const units = [
    policy.unit,
    ...boards.flatMap(({ metric, unit }) => (metric === 'revenue' && unit !== null ? [unit] : [])),
    ...(inForce?.policy.milestones ?? []).flatMap((milestone) =>
      milestone.measure === 'revenue' ? (unitOfMilestone(milestone) ?? []) : [],
    ),
  ];
  return { ...event, rates: await fixRates(tx, { programId, eventId, value, occurred_at_ms }, units) };
}

/** What rules see of a value: what it counts in the policy's unit, and how it was sent. */
export function worthOf(
  value: Money | null,
  rates: readonly FixedRate[],
  unit: string,
): Pick<RuleFacts, 'eventValue' | 'sent'> {
  const eventValue = valueCounted(value, rates, unit);
  return value === null || rates.length === 0 ? { eventValue } : { eventValue, sent: { value, rates } };
}

/** How the event's value was converted into its policy's unit, for the outcome's trace; nothing if not. */
export function conversionTrace({ value, rates, policy }: LockedEvent): {
  readonly trace?: { readonly converted: Conversion };
} {
  const converted = conversionOf(value, rates, policy.unit);
  return converted === null ? {} : { trace: { converted } };
}
