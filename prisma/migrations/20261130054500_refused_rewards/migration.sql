-- What the program's budget had no room for, so that an operator finds it and grants it again.
CREATE TABLE "refused_rewards" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "referral_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "reward_id" UUID,
    "rule_id" TEXT NOT NULL,
    "policy_version" INTEGER NOT NULL,
    "unit" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "trace" JSONB NOT NULL,
    "refused_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "refused_rewards_pkey" PRIMARY KEY ("program_id","id")
);
CREATE INDEX "refused_rewards_program_id_created_at_id_idx" ON "refused_rewards"("program_id", "created_at", "id");
CREATE INDEX "refused_rewards_program_id_member_id_created_at_idx" ON "refused_rewards"("program_id", "member_id", "created_at");
CREATE UNIQUE INDEX "refused_rewards_program_id_referral_id_rule_id_member_id_ev_key" ON "refused_rewards"("program_id", "referral_id", "rule_id", "member_id", "event_id");
ALTER TABLE "refused_rewards" ADD CONSTRAINT "refused_rewards_program_id_referral_id_fkey" FOREIGN KEY ("program_id", "referral_id") REFERENCES "referrals"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "refused_rewards" ADD CONSTRAINT "refused_rewards_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE refused_rewards ADD CHECK (amount_minor > 0);

GRANT SELECT, INSERT, UPDATE ON refused_rewards TO referral_app;

-- What earlier outcomes tell: the refusals of signups and actions, in programs whose budget ever refused
-- anything, since then. What refunds and operators' commands had refused is not told well enough there, nor
-- what belonged to the first referrer of a referral that was moved.
INSERT INTO refused_rewards (program_id, id, key, referral_id, member_id, event_id, rule_id, policy_version, unit,
                             amount_minor, occurred_at, trace, refused_at, created_at)
SELECT e.program_id, uuidv7(), concat_ws(':', 'reward', r.id, o->>'ruleId', o->>'recipient', e.id, 'refused'),
       r.id, p.member_id, e.id, o->>'ruleId', r.policy_version, o#>>'{trace,facts,policy_unit}',
       (o#>>'{trace,steps,-1,result}')::bigint, e.occurred_at, o->'trace', e.decided_at, e.decided_at
FROM (SELECT program_id, min(exhausted_at) AS since FROM budget_alerts GROUP BY program_id) b
JOIN events e ON e.program_id = b.program_id AND e.state = 'decided' AND e.decided_at >= b.since - interval '1 day'
  AND e.type <> 'refund' AND position('.' IN e.type) = 0
  AND e.outcome @> '{"decision": "accepted", "rewards": [{"code": "budget_exhausted"}]}'
JOIN referrals r ON r.program_id = e.program_id AND r.id = (e.outcome->>'referralId')::uuid
LEFT JOIN events c ON c.program_id = r.program_id AND c.id = r.corrected_by AND c.type = 'referral.moved'
CROSS JOIN LATERAL jsonb_array_elements(e.outcome->'rewards') o
CROSS JOIN LATERAL (
  SELECT CASE WHEN o->>'recipient' = 'referred' THEN r.referred_id
              WHEN c.id IS NULL THEN r.referrer_id END AS member_id) p
WHERE o->>'code' = 'budget_exhausted' AND p.member_id IS NOT NULL
  AND o#>>'{trace,steps,-1,result}' ~ '^[1-9][0-9]{0,17}$' AND o#>>'{trace,facts,policy_unit}' IS NOT NULL
ON CONFLICT DO NOTHING;

-- No event has the new type yet, so the index events_turns stays right as it is.
CREATE OR REPLACE FUNCTION event_rank(p_type text, p_awaited boolean) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_awaited OR p_type IN (
    'invitation.issued', 'review.approved', 'review.rejected', 'redemption.requested', 'redemption.approved',
    'redemption.rejected', 'redemption.cancelled', 'redemption.paid', 'redemption.failed', 'survey.answered',
    'survey.cancelled', 'referral.cancelled', 'referral.attributed', 'referral.moved', 'reward.given',
    'reward.granted_again', 'reward.held', 'reward.released', 'reward.taken_back', 'member.blocked',
    'member.unblocked', 'member.renamed')
    THEN 0 ELSE 1 END
$$;
