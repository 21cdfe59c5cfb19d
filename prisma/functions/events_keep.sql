-- Copies what stays of a month of events, as money, ranks or open cases may still ask for it: what is not
-- decided, signups, refunds, what a referral qualified by, what a budget refused, and whatever a member did
-- whose referral has not ended, since an action of the past may have been the first of three. Until the end
-- of the transaction nobody changes events of this month; everybody may read them.
--
-- Takes: the partition.
-- Returns: the table with the copies, which belongs to no other table yet.
CREATE OR REPLACE FUNCTION events_keep(p_part text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_kept text := p_part || '_kept';
  v_options text := (SELECT ' WITH (' || array_to_string(reloptions, ', ') || ')'
    FROM pg_class WHERE oid = p_part::regclass);
BEGIN
  EXECUTE format('LOCK TABLE %I IN EXCLUSIVE MODE', p_part);
  EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)%s',
    v_kept, coalesce(v_options, ''));
  EXECUTE format($sql$
    INSERT INTO %1$I SELECT * FROM %2$I WHERE id IN (
      SELECT id FROM %2$I WHERE state <> 'decided' OR type = 'signup' OR refund_of IS NOT NULL
      UNION SELECT qualifying_event_id FROM referrals
      UNION SELECT event_id FROM refused_rewards
      UNION SELECT e.id FROM %2$I e
        JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
        JOIN referrals r ON r.program_id = m.program_id AND r.referred_id = m.id AND r.ended_at IS NULL)
    $sql$, v_kept, p_part);
  RETURN v_kept;
END $$;
