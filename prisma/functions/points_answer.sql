-- Whether the latest policy has a point rule or an achievement for events of a type.
--
-- Takes: the program and the type of event.
-- Returns: true or false.
CREATE OR REPLACE FUNCTION points_answer(p_program uuid, p_type text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT body->'points'->'rules' @> jsonb_build_array(jsonb_build_object('event', p_type))
        OR body->'points'->'achievements'
          @> jsonb_build_array(jsonb_build_object('test', jsonb_build_object('event', p_type)))
    FROM policy_versions WHERE program_id = p_program ORDER BY version DESC LIMIT 1), false)
$$;
