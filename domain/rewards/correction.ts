import { ok, type Result, refuse } from '../refusal.ts';

/** The commands by which operators correct a reward. */
export const REWARD_CORRECTIONS = ['reward.taken_back', 'reward.held', 'reward.released'] as const;

export type RewardCorrection = (typeof REWARD_CORRECTIONS)[number];

/** The command by which an operator grants a reward. */
export const REWARD_GIVEN = 'reward.given';

/** The command by which an operator grants what a budget had refused. */
export const REWARD_GRANTED_AGAIN = 'reward.granted_again';

/** Operators' commands about rewards. */
export const REWARD_COMMANDS = [REWARD_GIVEN, REWARD_GRANTED_AGAIN, ...REWARD_CORRECTIONS] as const;

export const isRewardCommand = (type: string): boolean => REWARD_COMMANDS.some((command) => command === type);

/** A reward as far as corrections ask. */
export interface CorrectedReward {
  readonly status: 'held' | 'available' | 'reversed';
  /** Whether an operator keeps it from maturing. */
  readonly isHeldByHand: boolean;
}

/**
 * Whether an operator may correct a reward so. Refusals: `already_resolved` for a reward that is taken back,
 * `stage_forbids` for holding one that has matured or is held by hand, and for releasing one that is not.
 */
export function checkCorrection(
  correction: RewardCorrection,
  { status, isHeldByHand }: CorrectedReward,
): Result<true, 'already_resolved' | 'stage_forbids'> {
  if (status === 'reversed') return refuse('already_resolved', 'The reward is taken back already.');
  switch (correction) {
    case 'reward.taken_back':
      return ok(true);
    case 'reward.held':
      if (isHeldByHand) return refuse('stage_forbids', 'An operator holds the reward already.');
      return status === 'held'
        ? ok(true)
        : refuse('stage_forbids', 'The reward is available; only one that is on hold can be kept there.');
    case 'reward.released':
      return isHeldByHand ? ok(true) : refuse('stage_forbids', 'No operator holds the reward.');
  }
}
