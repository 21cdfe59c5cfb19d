-- Whether events of a type can matter to a referral under the latest policy: they can qualify it, or trigger
-- a rule.
--
-- Takes: the program and the type of event.
-- Returns: true or false.
CREATE OR REPLACE FUNCTION referrals_answer(p_program uuid, p_type text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT body->'qualification'->>'event' = p_type
        OR body->'rules'
          @> jsonb_build_array(jsonb_build_object('trigger', jsonb_build_object('event', p_type)))
    FROM policy_versions WHERE program_id = p_program ORDER BY version DESC LIMIT 1), false)
$$;
