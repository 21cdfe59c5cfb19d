-- Takes people's words out of entries of the audit log, which nobody else may change: ids and numbers stay,
-- and so do the actor, the action, the subject and the time. Of an erasure the log keeps why, which is one of
-- a few words. The triggers of audit_log know this function by
-- its search_path, as that of ledger_entries knows ledger_post.
--
-- Takes: the program, what the entries are about, and how many entries to change at most.
-- Returns: how many were changed.
CREATE OR REPLACE FUNCTION erase_audit(p_program uuid, p_subjects text[], p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, erase_words, pg_temp AS $$
DECLARE v_count int;
BEGIN
  UPDATE audit_log SET detail = without_words(detail)
  WHERE id IN (
    SELECT a.id FROM audit_log a
    WHERE a.program_id = p_program AND a.subject = ANY (p_subjects) AND a.action <> 'member.erased'
      AND a.detail <> without_words(a.detail)
    LIMIT p_limit);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;
