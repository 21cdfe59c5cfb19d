-- The ledger's rules, in the database: what may be in its tables, and the only two ways to write them.
-- A reader who wants one line: the application's role may SELECT here and call ledger_post and ledger_set_budget.

-- What an account is ------------------------------------------------------------------------------------------------

ALTER TABLE ledger_accounts
  ADD CONSTRAINT ledger_accounts_program FOREIGN KEY (program_id) REFERENCES programs (id),
  ADD CONSTRAINT ledger_accounts_member FOREIGN KEY (program_id, member_id) REFERENCES members (program_id, id),
  -- A member's accounts name the member; the program's own name nobody.
  ADD CONSTRAINT ledger_accounts_owner CHECK (
    CASE WHEN kind IN ('pending', 'available', 'reserved', 'owed') THEN member_id IS NOT NULL
         WHEN kind = 'budget' THEN member_id IS NULL
         ELSE true END),
  ADD CONSTRAINT ledger_accounts_unit CHECK (unit ~ '^[A-Z][A-Z0-9_]{1,31}$');

-- One account per program, owner, unit and kind. The nil UUID stands for "no member", so that a null is a value here, the
-- key can be looked up by equality alone, and Prisma (which does not read expression indexes) sees no drift.
CREATE UNIQUE INDEX ledger_accounts_key
  ON ledger_accounts (program_id, coalesce(member_id, '00000000-0000-0000-0000-000000000000'::uuid), unit, kind);

ALTER TABLE ledger_balances
  ADD CONSTRAINT ledger_balances_bounds CHECK (
    (floor_minor IS NULL OR balance_minor >= floor_minor) AND (ceiling_minor IS NULL OR balance_minor <= ceiling_minor)),
  ADD CONSTRAINT ledger_balances_version CHECK (version >= 0);

-- Room on the page for a new version of the row: an update of a hot balance then touches no index.
ALTER TABLE ledger_balances SET (fillfactor = 50);

ALTER TABLE ledger_transactions
  ADD CONSTRAINT ledger_transactions_intent CHECK (
    intent IN ('grant', 'mature', 'reverse', 'reserve', 'settle', 'release', 'expire', 'adjust')),
  ADD CONSTRAINT ledger_transactions_not_itself CHECK (resolves_id <> id AND reverses_id <> id);

ALTER TABLE ledger_entries
  ADD CONSTRAINT ledger_entries_amount CHECK (amount_minor <> 0),
  ADD CONSTRAINT ledger_entries_version CHECK (version > 0);

ALTER TABLE ledger_lots
  ADD CONSTRAINT ledger_lots_remaining CHECK (remaining_minor BETWEEN 0 AND amount_minor),
  ADD CONSTRAINT ledger_lots_amount CHECK (amount_minor > 0);

ALTER TABLE ledger_allocations ADD CONSTRAINT ledger_allocations_amount CHECK (amount_minor <> 0);

-- First to expire, first taken; what never expires comes last.
CREATE INDEX ledger_lots_open ON ledger_lots (account_id, expires_at, id) WHERE remaining_minor > 0;
CREATE INDEX ledger_lots_expiring ON ledger_lots (expires_at, id) WHERE remaining_minor > 0 AND expires_at IS NOT NULL;

-- Append-only -------------------------------------------------------------------------------------------------------

CREATE FUNCTION ledger_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: a mistake is corrected by a reversal', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_forbid_change();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_forbid_change();
CREATE TRIGGER ledger_allocations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_allocations
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_forbid_change();

-- Balanced ----------------------------------------------------------------------------------------------------------

-- The rows that one statement adds for a transaction sum to zero in each unit.
CREATE FUNCTION ledger_require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh JOIN ledger_accounts a ON a.id = fresh.account_id
    GROUP BY fresh.transaction_id, a.program_id, a.unit HAVING sum(fresh.amount_minor) <> 0
  ) THEN
    RAISE EXCEPTION 'the entries of a transaction must sum to zero in each unit'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_balance();

-- Writing -----------------------------------------------------------------------------------------------------------

-- A refusal leaves ledger_post by this SQLSTATE, its code in DETAIL, and takes every effect of the call with it.
CREATE FUNCTION ledger_refuse(code text, message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'LR001', MESSAGE = message, DETAIL = code;
END $$;

-- Makes the accounts of these labels, with the bounds of their kind. In sorted order, so that two calls that make the
-- same accounts wait for each other and never in a ring. A member that does not exist is a refusal.
CREATE FUNCTION ledger_open_accounts(p_program uuid, p_labels text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM unnest(p_labels) AS label
    WHERE label LIKE '%:%:%' AND NOT EXISTS (
      SELECT FROM members m WHERE m.program_id = p_program AND m.id = split_part(label, ':', 3)::uuid);
  IF FOUND THEN PERFORM ledger_refuse('member_unknown', 'The program has no such member.'); END IF;

  WITH opened AS (
    INSERT INTO ledger_accounts (program_id, unit, kind, member_id)
    SELECT p_program, split_part(label, ':', 1), split_part(label, ':', 2)::account_kind, nullif(split_part(label, ':', 3), '')::uuid
    FROM unnest(p_labels) AS label ORDER BY label
    ON CONFLICT DO NOTHING RETURNING id, kind
  )
  INSERT INTO ledger_balances (account_id, floor_minor, ceiling_minor)
  SELECT id, CASE WHEN kind IN ('budget', 'owed') THEN NULL ELSE 0 END, CASE WHEN kind = 'owed' THEN 0 END FROM opened;
END $$;

-- Takes from the lots of an available balance, first to expire first. An expiry takes exactly one lot, whole and expired.
CREATE FUNCTION ledger_take_lots(
  p_transaction bigint, p_account bigint, p_amount bigint, p_expired_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  missing bigint := p_amount;
  part bigint;
BEGIN
  FOR lot IN
    SELECT id, remaining_minor, expires_at FROM ledger_lots
    WHERE account_id = p_account AND remaining_minor > 0 ORDER BY expires_at NULLS LAST, id
  LOOP
    IF p_expired_at IS NOT NULL
      AND (lot.remaining_minor <> p_amount OR lot.expires_at IS NULL OR lot.expires_at > p_expired_at) THEN
      PERFORM ledger_refuse('lot_changed', 'The first lot to expire is not the one that this expiry names.');
    END IF;
    part := least(missing, lot.remaining_minor);
    UPDATE ledger_lots SET remaining_minor = remaining_minor - part WHERE id = lot.id;
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor) VALUES (lot.id, p_transaction, part);
    missing := missing - part;
    EXIT WHEN missing = 0;
  END LOOP;
  IF missing > 0 THEN RAISE EXCEPTION 'account % has % less in lots than in its balance', p_account, missing; END IF;
END $$;

-- Gives back to the very lots that an earlier transaction took from; the one to expire last first, should it be a part only.
CREATE FUNCTION ledger_restore_lots(p_transaction bigint, p_account bigint, p_amount bigint, p_taken_by bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  missing bigint := p_amount;
  part bigint;
BEGIN
  FOR lot IN
    SELECT l.id, a.amount_minor AS taken_minor
    FROM ledger_allocations a JOIN ledger_lots l ON l.id = a.lot_id
    WHERE a.transaction_id = p_taken_by AND l.account_id = p_account
    ORDER BY l.expires_at DESC NULLS FIRST, l.id DESC
  LOOP
    part := least(missing, lot.taken_minor);
    UPDATE ledger_lots SET remaining_minor = remaining_minor + part WHERE id = lot.id;
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor) VALUES (lot.id, p_transaction, -part);
    missing := missing - part;
    EXIT WHEN missing = 0;
  END LOOP;
  IF missing > 0 THEN RAISE EXCEPTION 'transaction % took % less than is given back', p_taken_by, missing; END IF;
END $$;

-- Writes the transaction rows of a call, in the order of their keys. What is there already is a replay (its id comes back
-- in place of the new one), another content under the key or a second resolution is refused.
CREATE FUNCTION ledger_begin(
  p_program uuid, p_postings jsonb, OUT ids bigint[], OUT fresh boolean[], OUT restored bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
  posting jsonb;
  keys text[] := '{}'; hashes text[] := '{}'; intents text[] := '{}'; times timestamptz[] := '{}';
  resolved bigint[] := '{}'; reversed bigint[] := '{}';
  inserted bigint[];
  found_id bigint; found_hash text;
BEGIN
  ids := '{}'; restored := '{}';
  FOR posting IN SELECT value FROM jsonb_array_elements(p_postings) LOOP
    keys := keys || (posting->>'key');
    -- jsonb prints one text for one content. When it happened is left out: a retry may look at its clock again.
    hashes := hashes || encode(sha256(convert_to((posting - 'occurred_at_ms')::text, 'UTF8')), 'hex');
    intents := intents || (posting->>'intent');
    times := times || to_timestamp((posting->>'occurred_at_ms')::float8 / 1000);
    resolved := resolved || ledger_named(p_program, posting->>'resolves', keys, ids);
    reversed := reversed || ledger_named(p_program, posting->>'reverses', keys, ids);
    restored := restored || ledger_named(p_program, posting->>'restores', keys, ids);
    ids := ids || nextval('ledger_transactions_id_seq');
  END LOOP;

  WITH written AS (
    INSERT INTO ledger_transactions (id, program_id, key, request_hash, intent, resolves_id, reverses_id, occurred_at)
    SELECT id, p_program, key, hash, intent, resolves, reverses, at
    FROM unnest(ids, keys, hashes, intents, resolved, reversed, times) AS new (id, key, hash, intent, resolves, reverses, at)
    ORDER BY key
    ON CONFLICT DO NOTHING RETURNING id
  ) SELECT coalesce(array_agg(id), '{}') INTO inserted FROM written;

  fresh := array_fill(true, ARRAY[cardinality(ids)]);
  IF cardinality(inserted) = cardinality(ids) THEN RETURN; END IF;
  FOR i IN 1 .. cardinality(ids) LOOP
    CONTINUE WHEN ids[i] = ANY (inserted);
    SELECT id, request_hash INTO found_id, found_hash FROM ledger_transactions WHERE program_id = p_program AND key = keys[i];
    IF NOT FOUND THEN PERFORM ledger_refuse('already_resolved', 'What this posting resolves or reverses already is.'); END IF;
    IF found_hash <> hashes[i] THEN PERFORM ledger_refuse('key_reused', 'Another posting has this key.'); END IF;
    ids[i] := found_id; fresh[i] := false;
  END LOOP;
END $$;

-- The transaction that a posting names by its key: on record, or earlier in the same call. Null names none.
CREATE FUNCTION ledger_named(p_program uuid, p_key text, p_keys text[], p_ids bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  found_id bigint;
BEGIN
  IF p_key IS NULL THEN RETURN NULL; END IF;
  SELECT id INTO found_id FROM ledger_transactions WHERE program_id = p_program AND key = p_key;
  IF NOT FOUND THEN found_id := p_ids[array_position(p_keys, p_key)]; END IF;
  IF found_id IS NULL THEN PERFORM ledger_refuse('posting_unknown', 'A posting names another that is not on record.'); END IF;
  RETURN found_id;
END $$;

-- The legs of a transaction on record, as ledger_apply answers them: [[account, amount], …], account without the unit.
CREATE FUNCTION ledger_recorded(p_transaction bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_array(concat_ws(':', a.kind, a.member_id), e.amount_minor::text)), '[]')
  FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE e.transaction_id = p_transaction;
$$;

-- The account that a label (unit:kind:member, or unit:kind for the program's own) names; null when it is not there yet.
CREATE FUNCTION ledger_account_id(p_program uuid, p_label text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  parts text[] := string_to_array(p_label, ':');
  found_id bigint;
BEGIN
  SELECT id INTO found_id FROM ledger_accounts
    WHERE program_id = p_program AND unit = parts[1] AND kind = parts[2]::account_kind
      AND coalesce(member_id, '00000000-0000-0000-0000-000000000000'::uuid)
        = coalesce(parts[3]::uuid, '00000000-0000-0000-0000-000000000000'::uuid);
  RETURN found_id;
END $$;

-- Locks the balances of every account that fresh postings may touch, after making those that are missing. All locks of a call are taken
-- here and in one order: members' accounts before the program's own, then by id. So calls wait for each other in a line
-- and never in a ring, and the budget, which everyone touches, is locked last and shortest.
CREATE FUNCTION ledger_lock(
  p_program uuid, p_postings jsonb, p_fresh boolean[],
  OUT labels text[], OUT accounts bigint[], OUT balances bigint[], OUT versions bigint[], OUT floors bigint[], OUT ceilings bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
  leg jsonb;
  unit text; label text; account bigint;
  known text[] := '{}'; ids bigint[] := '{}'; missing text[] := '{}';
BEGIN
  FOR i IN 1 .. cardinality(p_fresh) LOOP
    CONTINUE WHEN NOT p_fresh[i];
    unit := p_postings->(i - 1)->>'unit';
    FOR leg IN SELECT value FROM jsonb_array_elements(p_postings->(i - 1)->'legs') LOOP
      FOREACH label IN ARRAY ARRAY[leg->>'account', leg->>'spill'] LOOP
        label := unit || ':' || label;
        CONTINUE WHEN label IS NULL OR label = ANY (known) OR label = ANY (missing);
        account := ledger_account_id(p_program, label);
        IF account IS NULL THEN missing := missing || label;
        ELSE known := known || label; ids := ids || account; END IF;
      END LOOP;
    END LOOP;
  END LOOP;
  IF cardinality(missing) > 0 THEN
    PERFORM ledger_open_accounts(p_program, missing);
    FOREACH label IN ARRAY missing LOOP known := known || label; ids := ids || ledger_account_id(p_program, label); END LOOP;
  END IF;

  SELECT array_agg(locked.label), array_agg(account_id), array_agg(balance_minor), array_agg(version),
      array_agg(floor_minor), array_agg(ceiling_minor)
    INTO labels, accounts, balances, versions, floors, ceilings
    FROM (
      SELECT o.label, b.account_id, b.balance_minor, b.version, b.floor_minor, b.ceiling_minor
      FROM unnest(known, ids) AS o (label, id) JOIN ledger_balances b ON b.account_id = o.id
      ORDER BY o.label NOT LIKE '%:%:%', o.id FOR NO KEY UPDATE OF b
    ) AS locked;
END $$;

-- Moves the lots behind the available balances that one posting changed: a credit makes a lot or restores those that
-- p_restored took, a debit takes.
CREATE FUNCTION ledger_move_lots(p_transaction bigint, p_posting jsonb, p_restored bigint, p_accounts bigint[], p_amounts bigint[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moved record;
BEGIN
  FOR moved IN
    SELECT account, sum(amount)::bigint AS amount FROM unnest(p_accounts, p_amounts) AS leg (account, amount) GROUP BY account
  LOOP
    IF moved.amount < 0 THEN
      PERFORM ledger_take_lots(p_transaction, moved.account, -moved.amount, CASE WHEN p_posting->>'intent' = 'expire'
        THEN to_timestamp((p_posting->>'occurred_at_ms')::float8 / 1000) END);
    ELSIF moved.amount > 0 AND p_restored IS NOT NULL THEN
      PERFORM ledger_restore_lots(p_transaction, moved.account, moved.amount, p_restored);
    ELSIF moved.amount > 0 THEN
      INSERT INTO ledger_lots (account_id, transaction_id, amount_minor, remaining_minor, expires_at)
      VALUES (moved.account, p_transaction, moved.amount, moved.amount,
        to_timestamp((p_posting->>'lot_expires_at_ms')::float8 / 1000));
    END IF;
  END LOOP;
END $$;

-- How much of an amount an account can take before it meets its floor or its ceiling.
CREATE FUNCTION ledger_fits(p_amount bigint, p_balance bigint, p_floor bigint, p_ceiling bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_amount < 0 AND p_floor IS NOT NULL THEN greatest(p_amount, least(0, p_floor - p_balance))
              WHEN p_amount > 0 AND p_ceiling IS NOT NULL THEN least(p_amount, greatest(0, p_ceiling - p_balance))
              ELSE p_amount END;
$$;

-- Posts all of a call: begin, lock, compute, write. Answers [{id, replayed, legs}, …] in the order of the postings.
CREATE FUNCTION ledger_apply(p_program uuid, p_postings jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[]; fresh boolean[]; restored bigint[];
  accounts bigint[]; labels text[];
  balances bigint[]; versions bigint[]; floors bigint[]; ceilings bigint[];
  to_transaction bigint[] := '{}'; to_account bigint[] := '{}'; amounts bigint[] := '{}';
  at_version bigint[] := '{}'; balance_after bigint[] := '{}';
  lot_accounts bigint[]; lot_amounts bigint[];
  posting jsonb; leg jsonb; legs jsonb; answer jsonb := '[]';
  target text; slot int; rest bigint; part bigint;
BEGIN
  SELECT * INTO ids, fresh, restored FROM ledger_begin(p_program, p_postings);
  SELECT * INTO labels, accounts, balances, versions, floors, ceilings FROM ledger_lock(p_program, p_postings, fresh);

  FOR i IN 1 .. cardinality(ids) LOOP
    IF NOT fresh[i] THEN
      answer := answer || jsonb_build_object('id', ids[i]::text, 'replayed', true, 'legs', ledger_recorded(ids[i]));
      CONTINUE;
    END IF;
    posting := p_postings->(i - 1);
    legs := '[]'; lot_accounts := '{}'; lot_amounts := '{}';
    FOR leg IN SELECT value FROM jsonb_array_elements(posting->'legs') LOOP
      rest := (leg->>'amount')::bigint;
      FOREACH target IN ARRAY ARRAY[leg->>'account', leg->>'spill'] LOOP
        EXIT WHEN rest = 0 OR target IS NULL;
        slot := array_position(labels, (posting->>'unit') || ':' || target);
        part := ledger_fits(rest, balances[slot], floors[slot], ceilings[slot]);
        CONTINUE WHEN part = 0;
        rest := rest - part;
        balances[slot] := balances[slot] + part;
        versions[slot] := versions[slot] + 1;
        to_transaction := to_transaction || ids[i]; to_account := to_account || accounts[slot];
        amounts := amounts || part;
        at_version := at_version || versions[slot]; balance_after := balance_after || balances[slot];
        legs := legs || jsonb_build_array(jsonb_build_array(target, part::text));
        IF target LIKE 'available:%' THEN
          lot_accounts := lot_accounts || accounts[slot]; lot_amounts := lot_amounts || part;
        END IF;
      END LOOP;
      IF rest < 0 THEN PERFORM ledger_refuse('floor_reached', 'The balance does not suffice.'); END IF;
      IF rest > 0 THEN PERFORM ledger_refuse('ceiling_reached', 'The balance would exceed its limit.'); END IF;
    END LOOP;
    IF cardinality(lot_accounts) > 0 THEN
      PERFORM ledger_move_lots(ids[i], posting, restored[i], lot_accounts, lot_amounts);
    END IF;
    answer := answer || jsonb_build_object('id', ids[i]::text, 'replayed', false, 'legs', legs);
  END LOOP;

  UPDATE ledger_balances b SET balance_minor = new.balance, version = new.version
    FROM unnest(accounts, balances, versions) AS new (id, balance, version)
    WHERE b.account_id = new.id AND b.version <> new.version;
  INSERT INTO ledger_entries (account_id, version, transaction_id, amount_minor, balance_after_minor)
    SELECT * FROM unnest(to_account, at_version, to_transaction, amounts, balance_after);
  RETURN answer;
END $$;

-- Posts every posting of the array, or none. Answers {ok: true, posted} or {ok: false, code, message}; after a refusal the
-- caller's transaction goes on as if it had not asked. The tables are met by index alone, whatever the statistics of the
-- day: a plan that was cached while they were empty must not outlive them.
CREATE FUNCTION ledger_post(program uuid, postings jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  refusal_code text; refusal_message text;
BEGIN
  RETURN jsonb_build_object('ok', true, 'posted', ledger_apply(program, postings));
EXCEPTION WHEN SQLSTATE 'LR001' THEN
  GET STACKED DIAGNOSTICS refusal_code = PG_EXCEPTION_DETAIL, refusal_message = MESSAGE_TEXT;
  RETURN jsonb_build_object('ok', false, 'code', refusal_code, 'message', refusal_message);
END $$;

-- Sets the most that a program may ever have granted, net of what it took back; null: no limit. A cap below what has been
-- granted already is refused.
CREATE FUNCTION ledger_set_budget(program uuid, unit text, cap_minor bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM ledger_open_accounts(program, ARRAY[unit || ':budget']);
  UPDATE ledger_balances b SET floor_minor = -cap_minor
    FROM ledger_accounts a
    WHERE a.id = b.account_id AND a.program_id = program AND a.member_id IS NULL AND a.kind = 'budget'
      AND a.unit = ledger_set_budget.unit AND (cap_minor IS NULL OR b.balance_minor >= -cap_minor);
  IF FOUND THEN RETURN '{"ok": true}'; END IF;
  RETURN '{"ok": false, "code": "floor_reached", "message": "More has been granted already than this budget allows."}';
END $$;

-- Rights: reading for the application, writing through the two functions, and nothing for anybody else.
REVOKE ALL ON ledger_accounts, ledger_balances, ledger_transactions, ledger_entries, ledger_lots, ledger_allocations
  FROM PUBLIC, referral_app;
GRANT SELECT ON ledger_accounts, ledger_balances, ledger_transactions, ledger_entries, ledger_lots, ledger_allocations
  TO referral_app;
REVOKE ALL ON FUNCTION ledger_refuse, ledger_open_accounts, ledger_take_lots, ledger_restore_lots, ledger_begin, ledger_named,
  ledger_recorded, ledger_account_id, ledger_lock, ledger_move_lots, ledger_fits, ledger_apply, ledger_post, ledger_set_budget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post, ledger_set_budget TO referral_app;
