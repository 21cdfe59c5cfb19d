-- Conditions on a referrer's count go by the actions' own times: by which count an action's answers are,
-- until when answers go by a member's count, and from when on they are to be asked again.
ALTER TABLE "members" ADD COLUMN     "asked_until" TIMESTAMPTZ(3),
ADD COLUMN     "recount_from" TIMESTAMPTZ(3);

CREATE TABLE "asked_counts" (
    "program_id" UUID NOT NULL,
    "referral_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "others" INTEGER,
    "own" BOOLEAN,
    "place" INTEGER,
    "ordinal" INTEGER,

    CONSTRAINT "asked_counts_pkey" PRIMARY KEY ("program_id","referral_id","event_id")
);

ALTER TABLE "asked_counts" ADD CONSTRAINT "asked_counts_program_id_referral_id_fkey" FOREIGN KEY ("program_id", "referral_id") REFERENCES "referrals"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- How many of a referrer's referrals qualified after an action.
CREATE INDEX "referrals_program_id_referrer_id_qualified_at_idx" ON "referrals"("program_id", "referrer_id", "qualified_at");

GRANT SELECT, INSERT, UPDATE, DELETE ON asked_counts TO referral_app;

-- What rules on a milestone that look at its action have paid: by that milestone's count, so that it goes back
-- when another action is the nth by its time.
INSERT INTO asked_counts (program_id, referral_id, event_id, at, place)
SELECT w.program_id, w.referral_id, w.event_id, e.occurred_at, (r.rule->'trigger'->>'count')::int - 1
FROM rewards w
JOIN policy_versions v ON v.program_id = w.program_id AND v.version = w.policy_version
CROSS JOIN LATERAL jsonb_array_elements(v.body->'rules') r(rule)
JOIN events e ON e.program_id = w.program_id AND e.id = w.event_id
WHERE w.status <> 'reversed' AND w.referral_id IS NOT NULL AND r.rule->>'id' = w.rule_id
  AND r.rule->'trigger'->>'on' = 'milestone'
  AND (r.rule->>'condition' IS NOT NULL OR r.rule->'benefit'->>'kind' = 'percentage')
ON CONFLICT DO NOTHING;
UPDATE members m SET asked_until = a.until FROM (
  SELECT r.program_id, r.referrer_id, max(a.at) AS until
  FROM asked_counts a JOIN referrals r ON r.program_id = a.program_id AND r.id = a.referral_id
  GROUP BY r.program_id, r.referrer_id) a
WHERE m.program_id = a.program_id AND m.id = a.referrer_id;
