import { countField, idField } from './field.ts';
import { BENEFIT } from './rewards.ts';
import { message } from './rule.ts';

export const LEADERBOARD_MESSAGES = {
  'season.prize_awarded': message(['season'], 'A closed season’s prize was granted.', {
    seasonId: idField,
    rank: countField,
    memberId: idField,
    ...BENEFIT,
  }),
};
