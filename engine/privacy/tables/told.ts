import { idsOf, OWN, type TableRule } from '../rule.ts';

const ANSWERS_OF = `t.survey_id IN (${idsOf('surveys')})`;

/** What members were told and asked, and what they said. */
export const TOLD_TABLES = {
  notice_emails: {
    kept:
      'program_id notice_id category state due_at queued_at attempts claimed_at begun_at sent_at reason ' +
      'created_at',
    of: OWN,
    by: 'mails',
    // The mail server's log has the address under the message's id.
    goes: 'member_id message_id',
  },
  notices: {
    kept: 'program_id id kind key in_inbox created_at read_at',
    of: OWN,
    goes: 'member_id params locale',
  },
  notice_preferences: { kept: 'program_id category updated_at', of: OWN, goes: 'member_id email' },
  survey_answers: {
    kept: 'program_id survey_id event_id score changes first_answered_at answered_at handled_at',
    of: ANSWERS_OF,
    becomes: {
      answers: 'without_words(t.answers)',
      comment: 'NULL',
      language: 'NULL',
      search: 'NULL',
      handled_note: 'NULL',
    },
    others: 'handled_by',
    exports: [{ as: 'survey_answers', of: ANSWERS_OF, hides: 'search handled_by handled_note' }],
  },
  surveys: {
    kept:
      'program_id id key member_id rule_id occasion policy_version status reason due_at asked_at remind_at ' +
      'reminded_at closes_at turn_at ended_at submissions created_at',
    of: OWN,
  },
} as const satisfies Readonly<Record<string, TableRule>>;
