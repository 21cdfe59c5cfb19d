-- Finds the transactions that a posting resolves, reverses and restores, and the grant that it is of, and
-- decides whether it may.
--
-- A posting that restores what it takes itself names its own key: then `restored` is 0, no transaction's id.
--
-- Takes: the program, the posting, and the keys, ids, resolved and reversed ids of the postings before it in
--   the call.
-- Returns: `resolved`, `reversed`, `restored` and `origin`, the ids, each null when the posting names none;
--   and `refusal`: null, `posting_unknown` or `already_resolved`.
CREATE OR REPLACE FUNCTION ledger_names(
  p_program uuid, p_posting jsonb, p_keys text[], p_ids bigint[], p_resolved bigint[], p_reversed bigint[],
  OUT resolved bigint, OUT reversed bigint, OUT restored bigint, OUT origin bigint, OUT refusal text
) LANGUAGE plpgsql AS $$
BEGIN
  resolved := ledger_named(p_program, p_posting->>'resolves', p_keys, p_ids);
  reversed := ledger_named(p_program, p_posting->>'reverses', p_keys, p_ids);
  restored := CASE WHEN p_posting->>'restores' = p_posting->>'key' THEN 0
    ELSE ledger_named(p_program, p_posting->>'restores', p_keys, p_ids) END;
  IF p_posting->>'origin' IS NOT NULL THEN
    origin := ledger_named(p_program, p_posting->>'origin', p_keys, p_ids);
  END IF;
  IF num_nonnulls(
      p_posting->>'resolves', p_posting->>'reverses', p_posting->>'restores', p_posting->>'origin')
    <> num_nonnulls(resolved, reversed, restored, origin) THEN
    refusal := 'posting_unknown';
  ELSIF resolved = ANY (p_resolved) OR reversed = ANY (p_reversed)
    OR EXISTS (SELECT FROM ledger_transactions WHERE resolves_id = resolved)
    OR EXISTS (SELECT FROM ledger_transactions WHERE reverses_id = reversed) THEN
    refusal := 'already_resolved';
  END IF;
END $$;
