import { idField, textField } from './field.ts';
import { message } from './rule.ts';

const survey = (says: string) =>
  message(['survey'], says, { surveyId: idField, memberId: idField, ruleId: textField });

export const SURVEY_MESSAGES = {
  'survey.asked': survey('A member was asked.'),
  'survey.reminded': survey('A member was reminded.'),
  'survey.answered': survey('A member answered.'),
  'survey.lapsed': survey('Nobody answered in time.'),
  'survey.promoter': survey('The score is a promoter’s.'),
  'survey.detractor': survey('The score is a detractor’s.'),
  'improvement.made': message(['improvement'], 'A change was made that a member’s answer had asked for.', {
    improvementId: idField,
    memberId: idField,
  }),
};
