-- Which events of a partition stay when their month is past its time, as money, ranks or open cases may still
-- ask for them: what is not decided, and what a refund names that is not decided; signups, refunds, what a
-- referral qualified by, what a budget refused, and whatever a member did whose referral has not ended, since
-- an action of the past may have been the first of three. With each stays the command that counted it for
-- points, by which a refund finds whom to take them from; older months are settled before.
--
-- Takes: the partition, and among which of its events; null: all.
-- Returns: their ids.
CREATE OR REPLACE FUNCTION events_needed(p_part text, p_among uuid[] DEFAULT NULL) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format($sql$
    WITH own AS (SELECT * FROM %1$I WHERE $1 IS NULL OR id = ANY ($1)),
    needed AS (
      SELECT id FROM own WHERE state <> 'decided' OR type = 'signup' OR refund_of IS NOT NULL
      UNION SELECT e.id FROM own e
        JOIN referrals r ON r.program_id = e.program_id AND r.qualifying_event_id = e.id
      UNION SELECT e.id FROM own e JOIN refused_rewards w ON w.program_id = e.program_id AND w.event_id = e.id
      UNION SELECT e.id FROM own e JOIN events f ON f.program_id = e.program_id AND f.refund_of = e.key
        AND f.state <> 'decided'
      UNION SELECT e.id FROM own e
        JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
        JOIN referrals r ON r.program_id = m.program_id AND r.referred_id = m.id AND r.ended_at IS NULL)
    SELECT id FROM needed
    UNION SELECT a.id FROM own a WHERE a.type = 'member.acted' AND (
      (a.payload->>'event')::uuid IN (SELECT id FROM needed)
      OR EXISTS (SELECT FROM events t WHERE t.program_id = a.program_id AND t.id = (a.payload->>'event')::uuid
                 AND t.tableoid <> %1$L::regclass))
    $sql$, p_part) USING p_among;
END $$;
