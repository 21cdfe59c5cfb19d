import { isRewardCommand, REWARD_GIVEN } from '../../domain/rewards/correction.ts';
import { givenFrom } from '../../domain/rewards/given.ts';
import type { Database } from '../../prisma/client.ts';
import type { Event, Reward } from '../../prisma/generated/client.ts';
import type { Speaker } from '../language/speaker.ts';

/** What a reward is: an amount, or a badge or perk by its label. */
export function rewardNamed(by: Speaker, { unit, amountMinor, kind, label }: NamedBenefit): string {
  return unit === null
    ? by.say('reward.thing', { kind, label: label ?? '' })
    : by.amount({ minor: amountMinor.toString(), unit });
}

/** The part of a reward that names it. */
export type NamedBenefit = Pick<Reward, 'unit' | 'amountMinor' | 'kind' | 'label'>;

/**
 * What an operator's command about a reward is about: the reward that it corrects, or what it gives, granted
 * or not. Null for every other event.
 */
export async function benefitOf(
  db: Database,
  { programId, type, payload }: Event,
): Promise<NamedBenefit | null> {
  if (type === REWARD_GIVEN) {
    const { benefit } = givenFrom(payload as Readonly<Record<string, string | null>>);
    return benefit.kind === 'fixed'
      ? { kind: 'credit', label: null, amountMinor: benefit.amount.minor, unit: benefit.amount.unit }
      : { kind: benefit.kind, label: benefit.label, amountMinor: 0n, unit: null };
  }
  const { rewardId } = payload as { readonly rewardId?: unknown };
  if (!isRewardCommand(type) || typeof rewardId !== 'string') return null;
  return await db.reward.findUnique({ where: { programId_id: { programId, id: rewardId } } });
}
