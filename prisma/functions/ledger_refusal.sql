-- The answer of a ledger function that refuses.
--
-- Takes: the code.
-- Returns: {ok: false, code, message}; the message is null for a code outside the list.
CREATE OR REPLACE FUNCTION ledger_refusal(code text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('ok', false, 'code', code, 'message', CASE code
    WHEN 'floor_reached' THEN 'The balance does not suffice.'
    WHEN 'ceiling_reached' THEN 'The balance would exceed its limit.'
    WHEN 'key_reused' THEN 'Another posting has this key.'
    WHEN 'already_resolved' THEN 'What this posting resolves or takes back already is.'
    WHEN 'posting_unknown' THEN 'A posting names another that is not on record.'
    WHEN 'member_unknown' THEN 'The program has no such member.'
    WHEN 'lot_changed' THEN 'A lot is not as this posting takes it to be.' END);
$$;
