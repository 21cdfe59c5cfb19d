import { idsOf, PSEUDONYM, REFERRALS_OF, type TableRule } from '../rule.ts';

/** Commands of members' and operators' to the workflows of what is the member's. */
export const COMMANDS_OF = `t.key LIKE 'command:%' AND t.workflow_id IN (
    SELECT 'member-' || :member
    UNION ALL SELECT 'redemption-' || r.id FROM (${idsOf('redemptions')}) r
    UNION ALL SELECT 'survey-' || s.id FROM (${idsOf('surveys')}) s
    UNION ALL SELECT 'referral-' || f.id FROM (${REFERRALS_OF}) f)`;

/** What a message or a delivery is about, where that is the member's. */
const SUBJECTS_OF = `t.subject IN (
    SELECT 'member:' || :member
    UNION ALL SELECT 'redemption:' || r.id FROM (${idsOf('redemptions')}) r
    UNION ALL SELECT 'survey:' || s.id FROM (${idsOf('surveys')}) s
    UNION ALL SELECT 'referral:' || f.id FROM (${REFERRALS_OF}) f)`;

/** What people did to a member, and to what is the member's. */
export const AUDITED_SUBJECTS = `
    SELECT 'member:' || :member
    UNION ALL SELECT (:member)::text
    UNION ALL SELECT r.id::text FROM (${idsOf('redemptions')}) r
    UNION ALL SELECT w.id::text FROM (${idsOf('rewards')}) w
    UNION ALL SELECT d.id::text FROM (${idsOf('refused_rewards')}) d
    UNION ALL SELECT s.id::text FROM (${idsOf('surveys')}) s
    UNION ALL SELECT n.id::text FROM (${idsOf('notices')}) n
    UNION ALL SELECT l.id::text FROM (${idsOf('links')}) l
    UNION ALL SELECT f.id::text FROM (${REFERRALS_OF}) f`;

const AUDITED = `t.subject IN (${AUDITED_SUBJECTS})`;

/** Clicks of the browser in which a member signed up. */
const OWN_CLICKS = `(t.visitor_id IN (
    SELECT x.visitor_id FROM referrals x
    WHERE x.program_id = :program AND x.referred_id = :member AND x.visitor_id IS NOT NULL
    UNION ALL
    SELECT (e.payload->>'visitorId')::uuid FROM events e
    WHERE e.program_id = :program AND e.subject = ANY(:subjects) AND e.type = 'signup'
      AND e.payload->>'visitorId' IS NOT NULL)
  OR t.id IN (
    SELECT (e.payload->>'clickId')::uuid FROM events e
    WHERE e.program_id = :program AND e.subject = ANY(:subjects) AND e.type = 'signup'
      AND e.payload->>'clickId' IS NOT NULL))
  AND t.visitor_id <> t.id`;

/** Rows that name an event which is about the member. */
const EVENTS_OF = `t.event_id IN (
    SELECT e.id FROM events e WHERE e.program_id = :program AND e.subject = ANY(:subjects))`;

/** Clicks, what came in, what was told of it, and who did what. */
export const EVENT_TABLES = {
  touches: {
    kept: 'program_id id link_id occurred_at source',
    of: OWN_CLICKS,
    // Its own id leads to no other click.
    becomes: { visitor_id: 't.id', ip_hash: 'NULL', user_agent_hash: 'NULL', paid_click: 'NULL' },
  },
  event_orders: {
    kept: 'program_id type event_id',
    of: EVENTS_OF,
    becomes: { order_id: "'erased:' || t.event_id" },
  },
  // The rate by which an event of the member's counted.
  event_rates: {
    kept: 'program_id event_id unit rate_id numerator denominator',
    of: EVENTS_OF,
  },
  events: {
    kept:
      'program_id id seq type value_minor unit occurred_at received_at state workflow_id attempts due_at ' +
      'awaited decided_at',
    of: 't.subject = ANY(:subjects)',
    by: 'events',
    becomes: {
      key: "'erased:' || t.id",
      request_hash: "'erased'",
      subject: PSEUDONYM,
      refund_of: "'erased:' || target.id",
      payload: "'{}'",
      reason: 'NULL',
      // A sentence may name the key of another event.
      outcome: "t.outcome - 'message'",
    },
    exports: [
      {
        as: 'events',
        of: 't.subject = ANY(:subjects)',
        hides: 'request_hash seq awaited attempts due_at',
        // What led to it, and what it earned others.
        shows: { outcome: "t.outcome - 'trace' - 'message' - 'rewards' - 'points'" },
      },
      {
        as: 'commands',
        of: COMMANDS_OF,
        // Operators' notes may speak of others, and so may commands on a referral.
        hides: 'request_hash seq awaited attempts due_at payload outcome reason subject',
      },
    ],
  },
  outbox: {
    // Messages hold ids, amounts, and names that the program gave: a test reads every type.
    kept: 'id program_id key subject members type payload created_at xid',
  },
  // A hash that says no word of the key.
  event_keys: { kept: 'program_id key_hash event_id' },
  outbox_keys: { kept: 'program_id key outbox_id' },
  webhook_deliveries: {
    kept: 'program_id endpoint_id id outbox_id subject state sequence attempts due_at created_at ended_at',
    of: SUBJECTS_OF,
    // The host's server may have said anything, the member's external id too.
    becomes: {
      log: `(SELECT coalesce(jsonb_agg(l.entry || '{"answer": ""}' ORDER BY l.nth), '[]')
        FROM jsonb_array_elements(t.log) WITH ORDINALITY l(entry, nth))`,
    },
    exports: [],
  },
  audit_log: {
    kept: 'id program_id action subject at',
    by: 'audit',
    becomes: { detail: 'without_words(t.detail)' },
    others: 'actor',
    exports: [{ as: 'audit_log', of: AUDITED, hides: 'actor detail' }],
  },
  idempotency_keys: {
    kept: 'scope procedure request_hash created_at',
    by: 'answers',
    // Forgotten after a week in any case.
    becomes: { key: "'erased:' || t.ctid", response: "'{}'" },
    exports: [],
  },
} as const satisfies Readonly<Record<string, TableRule>>;
