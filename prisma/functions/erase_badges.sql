-- Empties the signed documents of a member's badges, which nobody else may change. What a badge was for and
-- whether it is revoked stays on record. The triggers of badge_credentials know this function by its
-- search_path, as that of ledger_entries knows ledger_post.
--
-- Takes: the program, the member, and how many documents to empty at most.
-- Returns: how many were emptied.
CREATE OR REPLACE FUNCTION erase_badges(p_program uuid, p_member uuid, p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, erase_words, pg_temp AS $$
DECLARE v_count int;
BEGIN
  UPDATE badge_credentials SET document = '{}'
  WHERE program_id = p_program AND id IN (
    SELECT b.id FROM badge_credentials b
    WHERE b.program_id = p_program AND b.member_id = p_member AND b.document <> '{}'
    LIMIT p_limit);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;
