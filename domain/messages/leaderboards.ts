import { count, id } from './field.ts';
import { BENEFIT } from './rewards.ts';
import { message } from './rule.ts';

export const LEADERBOARD_MESSAGES = {
  'season.prize_awarded': message(['season'], 'A closed season’s prize was granted.', {
    seasonId: id,
    rank: count,
    memberId: id,
    ...BENEFIT,
  }),
};
