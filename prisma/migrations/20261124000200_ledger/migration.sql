-- The ledger's rules, in the database: what may be in its tables, and the only two ways to write them.
-- A reader who wants one line: the application's role may SELECT here and call ledger_post and ledger_set_budget.

-- What an account is ------------------------------------------------------------------------------------------------

-- A program's budget is kept in shards, so that grants that run at once need not wait for each other's commit: with one row, a
-- grant a disk flush is all there can be. Every other account has the one shard 0.
ALTER TABLE ledger_accounts ADD COLUMN shard smallint NOT NULL DEFAULT 0;

ALTER TABLE ledger_accounts
  ADD CONSTRAINT ledger_accounts_program_id_fkey FOREIGN KEY (program_id) REFERENCES programs (id)
    ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD CONSTRAINT ledger_accounts_program_id_member_id_fkey FOREIGN KEY (program_id, member_id) REFERENCES members (program_id, id)
    ON DELETE RESTRICT ON UPDATE CASCADE,
  -- A member's accounts name the member; the program's own name nobody.
  ADD CONSTRAINT ledger_accounts_owner CHECK (
    CASE WHEN kind IN ('pending', 'available', 'reserved', 'owed') THEN member_id IS NOT NULL
         WHEN kind = 'budget' THEN member_id IS NULL
         ELSE true END),
  ADD CONSTRAINT ledger_accounts_unit CHECK (unit ~ '^[A-Z][A-Z0-9_]{1,31}$'),
  ADD CONSTRAINT ledger_accounts_shard CHECK (shard = 0 OR (kind = 'budget' AND shard BETWEEN 1 AND 15));

-- One account per program, owner, unit, kind and shard. The nil UUID stands for "no member", so that a null is a value here, the
-- key can be looked up by equality alone, and Prisma (which does not read expression indexes) sees no drift.
CREATE UNIQUE INDEX ledger_accounts_key
  ON ledger_accounts (program_id, coalesce(member_id, '00000000-0000-0000-0000-000000000000'::uuid), unit, kind, shard);

ALTER TABLE ledger_balances
  ADD CONSTRAINT ledger_balances_bounds CHECK (
    (floor_minor IS NULL OR balance_minor >= floor_minor) AND (ceiling_minor IS NULL OR balance_minor <= ceiling_minor));

-- Room on the page for a new version of the row: an update of a hot balance then touches no index.
ALTER TABLE ledger_balances SET (fillfactor = 50);

ALTER TABLE ledger_lots
  ADD CONSTRAINT ledger_lots_remaining CHECK (amount_minor > 0 AND remaining_minor BETWEEN 0 AND amount_minor);

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

-- The rows that one statement adds for a transaction sum to zero in each unit, and none of them moves nothing. One trigger for the
-- statement, with its rows as a table: 36 µs a posting of two legs, where the deferred trigger for each row, which has
-- to find its transaction's other rows again at commit, costs about a quarter of the throughput.
CREATE FUNCTION ledger_require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh JOIN ledger_accounts a ON a.id = fresh.account_id
    GROUP BY fresh.transaction_id, a.program_id, a.unit HAVING sum(fresh.amount_minor) <> 0 OR bool_or(fresh.amount_minor = 0)
  ) THEN
    RAISE EXCEPTION 'the entries of a transaction must sum to zero in each unit'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_balance();

-- Writing -----------------------------------------------------------------------------------------------------------

-- What ledger_post answers when it says no.
CREATE FUNCTION ledger_refusal(code text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('ok', false, 'code', code, 'message', CASE code
    WHEN 'floor_reached' THEN 'The balance does not suffice.'
    WHEN 'ceiling_reached' THEN 'The balance would exceed its limit.'
    WHEN 'key_reused' THEN 'Another posting has this key.'
    WHEN 'already_resolved' THEN 'What this posting resolves or takes back already is.'
    WHEN 'posting_unknown' THEN 'A posting names another that is not on record.'
    WHEN 'member_unknown' THEN 'The program has no such member.'
    WHEN 'lot_changed' THEN 'The first lot to expire is not the one that this expiry names.' END);
$$;

-- Makes an account, a budget with all its shards, with the bounds of its kind, unless somebody else makes it meanwhile: then waits for that to be decided.
-- Answers false when the program has no such member.
CREATE FUNCTION ledger_open_account(p_program uuid, p_unit text, p_kind account_kind, p_member uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  IF p_member IS NOT NULL AND NOT EXISTS (SELECT FROM members m WHERE m.program_id = p_program AND m.id = p_member) THEN
    RETURN false;
  END IF;
  WITH opened AS (
    INSERT INTO ledger_accounts (program_id, unit, kind, member_id, shard)
    SELECT p_program, p_unit, p_kind, p_member, n FROM generate_series(0, CASE WHEN p_kind = 'budget' THEN 15 ELSE 0 END) AS n ORDER BY n
    ON CONFLICT DO NOTHING RETURNING id
  )
  INSERT INTO ledger_balances (account_id, floor_minor, ceiling_minor)
  SELECT id, CASE WHEN p_kind NOT IN ('budget', 'owed') THEN 0 END, CASE WHEN p_kind = 'owed' THEN 0 END FROM opened;
  RETURN true;
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
      RAISE EXCEPTION 'lot_changed' USING ERRCODE = 'LR001';
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

-- Waits until no other call is busy with the keys of this one, or with what they resolve or take back. From here on what is on
-- record of them stays as it is until the end of the transaction, so that everything can be decided before anything
-- is written, and a refusal has nothing to undo. (Writing first and undoing in a subtransaction
-- would work too, but whoever waits for a row that a subtransaction holds wakes when that ends, sleeps and looks again.)
-- Locks of keys come before locks of balances, and in the order of their hashes.
CREATE FUNCTION ledger_lock_keys(p_program uuid, p_postings jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  seed CONSTANT bigint := hashtextextended(p_program::text, 0);
  posting CONSTANT jsonb := p_postings->0;
  lock bigint; done text;
BEGIN
  -- The usual call by itself: as an expression this takes a quarter of the time of the query below.
  IF jsonb_array_length(p_postings) = 1 AND coalesce(posting->>'resolves', posting->>'reverses') IS NULL THEN
    done := pg_advisory_xact_lock(hashtextextended(posting->>'key', seed))::text;
    RETURN;
  END IF;
  FOR lock IN
    SELECT DISTINCT hashtextextended(name, seed)
    FROM jsonb_array_elements(p_postings) AS p (posting),
      LATERAL (VALUES (p.posting->>'key'), (p.posting->>'resolves'), (p.posting->>'reverses')) AS named (name)
    WHERE name IS NOT NULL ORDER BY 1
  LOOP
    done := pg_advisory_xact_lock(lock)::text;
  END LOOP;
END $$;

-- The transaction that a posting names by its key: on record, or earlier in the same call; null: neither.
CREATE FUNCTION ledger_named(p_program uuid, p_key text, p_postings jsonb, p_ids bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  found_id bigint;
BEGIN
  SELECT id INTO found_id FROM ledger_transactions WHERE program_id = p_program AND key = p_key;
  IF NOT FOUND THEN
    SELECT p_ids[i] INTO found_id FROM generate_series(1, cardinality(p_ids)) AS i WHERE p_postings->(i - 1)->>'key' = p_key;
  END IF;
  RETURN found_id;
END $$;

-- Finds out which postings are new, and what they name. One that is on record with the same content is a replay: its id is that
-- of the record. `refusal` is a code, or null.
CREATE FUNCTION ledger_begin(
  p_program uuid, p_postings jsonb, OUT ids bigint[], OUT fresh boolean[], OUT hashes text[],
  OUT resolved bigint[], OUT reversed bigint[], OUT restored bigint[], OUT refusal text
) LANGUAGE plpgsql AS $$
DECLARE
  posting jsonb; earlier record;
BEGIN
  FOR i IN 1 .. jsonb_array_length(p_postings) LOOP
    posting := p_postings->(i - 1);
    -- jsonb prints one text for one content. When it happened is left out: a retry may look at its clock again.
    hashes[i] := encode(sha256(convert_to((posting - 'occurred_at_ms')::text, 'UTF8')), 'hex');
    SELECT id, request_hash INTO earlier FROM ledger_transactions WHERE program_id = p_program AND key = posting->>'key';
    fresh[i] := NOT FOUND;
    IF FOUND THEN
      IF earlier.request_hash <> hashes[i] THEN refusal := 'key_reused'; RETURN; END IF;
      ids[i] := earlier.id;
      CONTINUE;
    END IF;
    IF coalesce(posting->>'resolves', posting->>'reverses', posting->>'restores') IS NOT NULL THEN
      resolved[i] := ledger_named(p_program, posting->>'resolves', p_postings, ids);
      reversed[i] := ledger_named(p_program, posting->>'reverses', p_postings, ids);
      restored[i] := ledger_named(p_program, posting->>'restores', p_postings, ids);
      IF (posting->>'resolves' IS NOT NULL AND resolved[i] IS NULL) OR (posting->>'reverses' IS NOT NULL AND reversed[i] IS NULL)
        OR (posting->>'restores' IS NOT NULL AND restored[i] IS NULL) THEN refusal := 'posting_unknown'; RETURN; END IF;
      IF resolved[i] = ANY (resolved[:i - 1]) OR reversed[i] = ANY (reversed[:i - 1])
        OR EXISTS (SELECT FROM ledger_transactions WHERE resolves_id = resolved[i])
        OR EXISTS (SELECT FROM ledger_transactions WHERE reverses_id = reversed[i])
        THEN refusal := 'already_resolved'; RETURN; END IF;
    END IF;
    ids[i] := nextval('ledger_transactions_id_seq');
  END LOOP;
END $$;

-- The legs of a transaction on record, as ledger_apply answers them: [[account, amount], …], account without the unit.
CREATE FUNCTION ledger_recorded(p_transaction bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_array(concat_ws(':', a.kind, a.member_id), e.amount_minor::text)), '[]')
  FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE e.transaction_id = p_transaction;
$$;

-- Locks the balances of every account that fresh postings may touch, and makes those that are missing. All locks of a
-- call are taken here and in one order: members' accounts before the program's own, then by label; making an account
-- takes its turn like a lock, because whoever makes the same one waits. So calls wait for each other in a line and never in
-- a ring, and the budget, which everyone touches, is locked last and shortest. A label is unit:kind:member, or unit:kind.
CREATE FUNCTION ledger_lock(
  p_program uuid, p_postings jsonb, p_fresh boolean[],
  OUT labels text[], OUT accounts bigint[], OUT balances bigint[], OUT versions bigint[], OUT floors bigint[], OUT ceilings bigint[],
  OUT refusal text
) LANGUAGE plpgsql AS $$
DECLARE
  legs jsonb; unit text; label text; parts text[]; locked record; chosen int; own text[] := '{}';
BEGIN
  labels := '{}';
  FOR i IN 1 .. cardinality(p_fresh) LOOP
    CONTINUE WHEN NOT p_fresh[i];
    unit := p_postings->(i - 1)->>'unit';
    legs := p_postings->(i - 1)->'legs';
    FOR j IN 0 .. jsonb_array_length(legs) - 1 LOOP
      FOREACH label IN ARRAY ARRAY[unit || ':' || (legs->j->>'account'), unit || ':' || (legs->j->>'spill')] LOOP
        CONTINUE WHEN label IS NULL OR label = ANY (labels) OR label = ANY (own);
        IF label LIKE '%:%:%' THEN labels := labels || label; ELSE own := own || label; END IF;
      END LOOP;
    END LOOP;
  END LOOP;
  IF cardinality(labels) > 1 THEN SELECT array_agg(l ORDER BY l) INTO labels FROM unnest(labels) AS l; END IF;
  IF cardinality(own) > 1 THEN SELECT array_agg(l ORDER BY l) INTO own FROM unnest(own) AS l; END IF;
  labels := labels || own;

  FOR i IN 1 .. cardinality(labels) LOOP
    parts := string_to_array(labels[i], ':');
    chosen := CASE WHEN parts[2] = 'budget' THEN pg_backend_pid() % 16 ELSE 0 END;
    FOR attempt IN 1 .. 3 LOOP
      SELECT b.account_id, b.balance_minor, b.version, b.floor_minor, b.ceiling_minor
        INTO locked
        FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
        WHERE a.program_id = p_program AND a.unit = parts[1] AND a.kind = parts[2]::account_kind
          AND coalesce(a.member_id, '00000000-0000-0000-0000-000000000000'::uuid) = coalesce(parts[3], '00000000-0000-0000-0000-000000000000')::uuid AND a.shard = chosen
        FOR NO KEY UPDATE OF b;
      EXIT WHEN FOUND AND (chosen = 0 OR locked.floor_minor IS NULL);
      -- A budget with a cap is spent from shard 0 alone; see ledger_set_budget.
      IF FOUND THEN chosen := 0; CONTINUE; END IF;
      IF NOT ledger_open_account(p_program, parts[1], parts[2]::account_kind, parts[3]::uuid) THEN
        refusal := 'member_unknown'; RETURN;
      END IF;
    END LOOP;
    accounts[i] := locked.account_id; balances[i] := locked.balance_minor; versions[i] := locked.version;
    floors[i] := locked.floor_minor; ceilings[i] := locked.ceiling_minor;
  END LOOP;
END $$;

-- Moves the lots behind the available balances that the posting at place p_place changed: a credit makes a lot, or restores
-- those that p_restored took, and a debit takes.
CREATE FUNCTION ledger_move_lots(
  p_transaction bigint, p_posting jsonb, p_restored bigint, p_accounts bigint[], p_amounts bigint[], p_places int[], p_place int
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moved record;
BEGIN
  FOR moved IN
    SELECT account, sum(amount)::bigint AS amount FROM unnest(p_accounts, p_amounts, p_places) AS leg (account, amount, place)
    WHERE place = p_place AND EXISTS (SELECT FROM ledger_accounts a WHERE a.id = account AND a.kind = 'available')
    GROUP BY account
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

-- Posts all of a call, or nothing: decides everything under locks, then writes.
CREATE FUNCTION ledger_apply(p_program uuid, p_postings jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  call record; held record; keys_locked text;
  balances bigint[]; versions bigint[];
  -- One element for each entry to write; `of_posting` is the posting's place in the call.
  of_posting int[] := '{}'; to_transaction bigint[] := '{}'; to_account bigint[] := '{}'; amounts bigint[] := '{}';
  at_version bigint[] := '{}'; balance_after bigint[] := '{}'; has_lots boolean[] := '{}';
  posting jsonb; leg jsonb; legs jsonb; answer jsonb := '[]';
  target text; slot int; rest bigint; part bigint;
BEGIN
  keys_locked := ledger_lock_keys(p_program, p_postings)::text;
  call := ledger_begin(p_program, p_postings);
  IF call.refusal IS NOT NULL THEN RETURN ledger_refusal(call.refusal); END IF;
  held := ledger_lock(p_program, p_postings, call.fresh);
  IF held.refusal IS NOT NULL THEN RETURN ledger_refusal(held.refusal); END IF;
  balances := held.balances; versions := held.versions;

  FOR i IN 1 .. cardinality(call.ids) LOOP
    IF NOT call.fresh[i] THEN
      answer := answer || jsonb_build_object('id', call.ids[i]::text, 'replayed', true, 'legs', ledger_recorded(call.ids[i]));
      CONTINUE;
    END IF;
    posting := p_postings->(i - 1);
    legs := '[]';
    FOR j IN 0 .. jsonb_array_length(posting->'legs') - 1 LOOP
      leg := posting->'legs'->j;
      rest := leg->>'amount';
      FOREACH target IN ARRAY ARRAY[leg->>'account', leg->>'spill'] LOOP
        EXIT WHEN rest = 0 OR target IS NULL;
        slot := array_position(held.labels, (posting->>'unit') || ':' || target);
        part := ledger_fits(rest, balances[slot], held.floors[slot], held.ceilings[slot]);
        CONTINUE WHEN part = 0;
        rest := rest - part;
        balances[slot] := balances[slot] + part; versions[slot] := versions[slot] + 1;
        of_posting := of_posting || i; to_transaction := to_transaction || call.ids[i];
        to_account := to_account || held.accounts[slot]; amounts := amounts || part;
        at_version := at_version || versions[slot]; balance_after := balance_after || balances[slot];
        IF target LIKE 'available:%' THEN has_lots[i] := true; END IF;
        legs := legs || jsonb_build_array(jsonb_build_array(target, part::text));
      END LOOP;
      IF rest <> 0 THEN RETURN ledger_refusal(CASE WHEN rest < 0 THEN 'floor_reached' ELSE 'ceiling_reached' END); END IF;
    END LOOP;
    answer := answer || jsonb_build_object('id', call.ids[i]::text, 'replayed', false, 'legs', legs);
  END LOOP;

  FOR i IN 1 .. cardinality(call.ids) LOOP
    CONTINUE WHEN NOT call.fresh[i];
    posting := p_postings->(i - 1);
    INSERT INTO ledger_transactions (id, program_id, key, request_hash, intent, resolves_id, reverses_id, occurred_at)
      VALUES (call.ids[i], p_program, posting->>'key', call.hashes[i], posting->>'intent', call.resolved[i], call.reversed[i],
        to_timestamp((posting->>'occurred_at_ms')::float8 / 1000));
    IF has_lots[i] THEN PERFORM ledger_move_lots(call.ids[i], posting, call.restored[i], to_account, amounts, of_posting, i); END IF;
  END LOOP;
  FOR i IN 1 .. cardinality(held.labels) LOOP
    CONTINUE WHEN versions[i] = held.versions[i];
    UPDATE ledger_balances SET balance_minor = balances[i], version = versions[i] WHERE account_id = held.accounts[i];
  END LOOP;
  INSERT INTO ledger_entries (account_id, version, transaction_id, amount_minor, balance_after_minor)
    SELECT * FROM unnest(to_account, at_version, to_transaction, amounts, balance_after);
  RETURN jsonb_build_object('ok', true, 'posted', answer);
END $$;

-- Posts every posting of the array, or none. Answers {ok: true, posted: [{id, replayed, legs}, …]}, in the order of the
-- postings, or {ok: false, code, message}; after a refusal the caller's transaction goes on as if it had not asked.
CREATE FUNCTION ledger_post(program uuid, postings jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT postings @> '[{"intent": "expire"}]' THEN RETURN ledger_apply(program, postings); END IF;
  -- Which lot an expiry meets shows only when the lots before it have been moved, so that here there may be something to undo.
  BEGIN
    RETURN ledger_apply(program, postings);
  EXCEPTION WHEN SQLSTATE 'LR001' THEN
    RETURN ledger_refusal(SQLERRM);
  END;
END $$;

-- Sets the most that a program may ever have granted, net of what it took back; null: no limit. A cap below what has been
-- granted already is refused. Under a cap the shards but 0 are frozen (both bounds are the balance), and the floor of
-- shard 0 is what they leave of the cap, so that the cap is exact; without one every shard is open.
CREATE FUNCTION ledger_set_budget(program uuid, unit text, cap_minor bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  shards bigint[]; spent_minor bigint; frozen_minor bigint;
BEGIN
  PERFORM ledger_open_account(program, unit, 'budget', NULL);
  -- In the order of ledger_lock, which takes a shard of its own and then perhaps shard 0.
  SELECT array_agg(id), sum(balance_minor), sum(balance_minor) FILTER (WHERE shard <> 0) INTO shards, spent_minor, frozen_minor
    FROM (
      SELECT a.id, a.shard, b.balance_minor FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
      WHERE a.program_id = program AND a.unit = ledger_set_budget.unit AND a.kind = 'budget' AND a.member_id IS NULL
      ORDER BY a.shard = 0, a.shard FOR NO KEY UPDATE OF b
    ) AS locked;
  IF spent_minor < -cap_minor THEN
    RETURN ledger_refusal('floor_reached') || '{"message": "More has been granted already than this budget allows."}';
  END IF;
  UPDATE ledger_balances b SET
      floor_minor = CASE WHEN cap_minor IS NULL THEN NULL WHEN a.shard = 0 THEN -cap_minor - frozen_minor ELSE b.balance_minor END,
      ceiling_minor = CASE WHEN cap_minor IS NOT NULL AND a.shard <> 0 THEN b.balance_minor END
    FROM ledger_accounts a WHERE a.id = b.account_id AND b.account_id = ANY (shards);
  RETURN '{"ok": true}';
END $$;

-- Rights: reading for the application, writing through the two functions, and nothing for anybody else.
REVOKE ALL ON ledger_accounts, ledger_balances, ledger_transactions, ledger_entries, ledger_lots, ledger_allocations
  FROM PUBLIC, referral_app;
GRANT SELECT ON ledger_accounts, ledger_balances, ledger_transactions, ledger_entries, ledger_lots, ledger_allocations
  TO referral_app;
REVOKE ALL ON FUNCTION ledger_refusal, ledger_lock_keys, ledger_open_account, ledger_take_lots, ledger_restore_lots, ledger_begin, ledger_named,
  ledger_recorded, ledger_lock, ledger_move_lots, ledger_fits, ledger_apply, ledger_post, ledger_set_budget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post, ledger_set_budget TO referral_app;
