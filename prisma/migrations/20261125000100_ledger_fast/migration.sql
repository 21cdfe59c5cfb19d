-- The ledger's writing, in fewer and cheaper statements. The rules are those of the ledger's first migration; what is no longer
-- called is dropped, so that each stands once. docs/adr/0021-cheap-postings.md says what was measured.

-- What a row costs --------------------------------------------------------------------------------------------------

-- Each reference checked by PostgreSQL is a query, and a lock on the row referred to, for each row that is written. The rows here are
-- written by one function, which has just locked or written what they refer to; the trigger on entries and the prover look too.
ALTER TABLE ledger_entries
  ALTER CONSTRAINT ledger_entries_account_id_fkey NOT ENFORCED,
  ALTER CONSTRAINT ledger_entries_transaction_id_fkey NOT ENFORCED;
ALTER TABLE ledger_lots
  ALTER CONSTRAINT ledger_lots_account_id_fkey NOT ENFORCED,
  ALTER CONSTRAINT ledger_lots_transaction_id_fkey NOT ENFORCED;
ALTER TABLE ledger_allocations
  ALTER CONSTRAINT ledger_allocations_lot_id_fkey NOT ENFORCED,
  ALTER CONSTRAINT ledger_allocations_transaction_id_fkey NOT ENFORCED;

-- Most postings resolve and take back nothing.
DROP INDEX ledger_transactions_resolves_id_key, ledger_transactions_reverses_id_key;
CREATE UNIQUE INDEX ledger_transactions_resolves_id_key ON ledger_transactions (resolves_id) WHERE resolves_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_transactions_reverses_id_key ON ledger_transactions (reverses_id) WHERE reverses_id IS NOT NULL;

-- A lot that is drawn on stays where its indexes point, as long as something is left of it: they ask whether it is open, not
-- how much it holds. How often it was drawn on or restored stands on the lot, so that no index of its allocations is needed.
ALTER TABLE ledger_lots
  ADD COLUMN open boolean GENERATED ALWAYS AS (remaining_minor > 0) STORED,
  ADD COLUMN uses integer NOT NULL DEFAULT 0;
UPDATE ledger_lots l SET uses = u.uses FROM (SELECT lot_id, count(*) AS uses FROM ledger_allocations GROUP BY lot_id) u WHERE u.lot_id = l.id;
ALTER TABLE ledger_lots SET (fillfactor = 50);
DROP INDEX ledger_lots_open, ledger_lots_expiring;
CREATE INDEX ledger_lots_open ON ledger_lots (account_id, expires_at, id) WHERE open;
CREATE INDEX ledger_lots_expiring ON ledger_lots (expires_at, id) WHERE open AND expires_at IS NOT NULL;
ALTER TABLE ledger_allocations DROP CONSTRAINT ledger_allocations_pkey, ADD PRIMARY KEY (transaction_id, lot_id);
DROP INDEX ledger_allocations_transaction_id_idx;

-- A balance is found, and locked, by one look into one index: its program and its label, which is `0:<unit>:<kind>:<member>` for a
-- member's account and `1:<unit>:<kind>` for the program's own, a budget's with its shard. Labels sort in the order of locking.
CREATE FUNCTION ledger_label(p_unit text, p_kind account_kind, p_member uuid, p_shard int) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws(':', CASE WHEN p_member IS NULL THEN 1 ELSE 0 END, p_unit, p_kind, p_member, CASE WHEN p_kind = 'budget' THEN p_shard END);
$$;
ALTER TABLE ledger_balances ADD COLUMN program_id uuid, ADD COLUMN label text;
UPDATE ledger_balances b SET program_id = a.program_id, label = ledger_label(a.unit, a.kind, a.member_id, a.shard)
  FROM ledger_accounts a WHERE a.id = b.account_id;
ALTER TABLE ledger_balances ALTER COLUMN program_id SET NOT NULL, ALTER COLUMN label SET NOT NULL;
CREATE UNIQUE INDEX ledger_balances_program_id_label_key ON ledger_balances (program_id, label);

-- Balanced ----------------------------------------------------------------------------------------------------------

-- The rows that one statement adds for a transaction sum to zero in each unit, none of them moves nothing, and their accounts are on
-- record.
CREATE OR REPLACE FUNCTION ledger_require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh LEFT JOIN ledger_accounts a ON a.id = fresh.account_id
    GROUP BY fresh.transaction_id, a.program_id, a.unit
    HAVING sum(fresh.amount_minor) <> 0 OR bool_or(fresh.amount_minor = 0) OR a.unit IS NULL
  ) THEN
    RAISE EXCEPTION 'the entries of a transaction must sum to zero in each unit, between accounts on record'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

-- Writing -----------------------------------------------------------------------------------------------------------

DROP FUNCTION ledger_apply, ledger_begin, ledger_lock, ledger_move_lots, ledger_named;

-- Makes an account, a budget with all its shards, with the bounds of its kind, unless somebody else makes it meanwhile: then waits for that to be decided.
-- Answers false when the program has no such member.
CREATE OR REPLACE FUNCTION ledger_open_account(p_program uuid, p_unit text, p_kind account_kind, p_member uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  IF p_member IS NOT NULL AND NOT EXISTS (SELECT FROM members m WHERE m.program_id = p_program AND m.id = p_member) THEN
    RETURN false;
  END IF;
  WITH opened AS (
    INSERT INTO ledger_accounts (program_id, unit, kind, member_id, shard)
    SELECT p_program, p_unit, p_kind, p_member, n FROM generate_series(0, CASE WHEN p_kind = 'budget' THEN 15 ELSE 0 END) AS n ORDER BY n
    ON CONFLICT DO NOTHING RETURNING id, shard
  )
  INSERT INTO ledger_balances (account_id, program_id, label, floor_minor, ceiling_minor)
  SELECT id, p_program, ledger_label(p_unit, p_kind, p_member, shard),
    CASE WHEN p_kind NOT IN ('budget', 'owed') THEN 0 END, CASE WHEN p_kind = 'owed' THEN 0 END FROM opened;
  RETURN true;
END $$;

-- Takes from the lots of an available balance, first to expire first. An expiry takes exactly one lot, whole and expired.
CREATE OR REPLACE FUNCTION ledger_take_lots(
  p_transaction bigint, p_account bigint, p_amount bigint, p_expired_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  missing bigint := p_amount;
  part bigint;
BEGIN
  LOOP
    WITH taken AS (
      UPDATE ledger_lots l SET remaining_minor = l.remaining_minor - least(missing, l.remaining_minor), uses = l.uses + 1
      WHERE l.ctid = (SELECT ctid FROM ledger_lots WHERE account_id = p_account AND open ORDER BY expires_at, id LIMIT 1)
        AND (p_expired_at IS NULL OR (l.remaining_minor = p_amount AND l.expires_at <= p_expired_at))
      RETURNING l.id, old.remaining_minor - new.remaining_minor AS part
    )
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor) SELECT id, p_transaction, taken.part FROM taken
      RETURNING amount_minor INTO part;
    EXIT WHEN part = missing;
    IF part IS NULL AND p_expired_at IS NOT NULL THEN RAISE EXCEPTION 'lot_changed' USING ERRCODE = 'LR001'; END IF;
    IF part IS NULL THEN RAISE EXCEPTION 'account % has % less in lots than in its balance', p_account, missing; END IF;
    missing := missing - part;
  END LOOP;
END $$;

-- Gives back to the very lots that an earlier transaction took from; the one to expire last first, should it be a part only.
CREATE OR REPLACE FUNCTION ledger_restore_lots(p_transaction bigint, p_account bigint, p_amount bigint, p_taken_by bigint)
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
    UPDATE ledger_lots SET remaining_minor = remaining_minor + part, uses = uses + 1 WHERE id = lot.id;
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor) VALUES (lot.id, p_transaction, -part);
    missing := missing - part;
    EXIT WHEN missing = 0;
  END LOOP;
  IF missing > 0 THEN RAISE EXCEPTION 'transaction % took % less than is given back', p_taken_by, missing; END IF;
END $$;

-- The transaction that a posting names by its key: on record, or earlier in the same call; null: neither.
CREATE FUNCTION ledger_named(p_program uuid, p_key text, p_keys text[], p_ids bigint[]) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT id FROM ledger_transactions WHERE program_id = p_program AND key = p_key), p_ids[array_position(p_keys, p_key)]);
$$;

-- What a posting resolves, takes back and restores, and whether it may: `refusal` is a code, or null. The arrays hold what is known of
-- the postings before it in the call.
CREATE FUNCTION ledger_names(
  p_program uuid, p_posting jsonb, p_keys text[], p_ids bigint[], p_resolved bigint[], p_reversed bigint[],
  OUT resolved bigint, OUT reversed bigint, OUT restored bigint, OUT refusal text
) LANGUAGE plpgsql AS $$
BEGIN
  resolved := ledger_named(p_program, p_posting->>'resolves', p_keys, p_ids);
  reversed := ledger_named(p_program, p_posting->>'reverses', p_keys, p_ids);
  restored := ledger_named(p_program, p_posting->>'restores', p_keys, p_ids);
  IF num_nonnulls(p_posting->>'resolves', p_posting->>'reverses', p_posting->>'restores') <> num_nonnulls(resolved, reversed, restored) THEN
    refusal := 'posting_unknown';
  ELSIF resolved = ANY (p_resolved) OR reversed = ANY (p_reversed)
    OR EXISTS (SELECT FROM ledger_transactions WHERE resolves_id = resolved)
    OR EXISTS (SELECT FROM ledger_transactions WHERE reverses_id = reversed) THEN
    refusal := 'already_resolved';
  END IF;
END $$;

-- Posts all of a call, or nothing: decides everything under locks, then writes, so that a refusal has nothing to undo.
--
-- Few statements and few expressions, on purpose: PL/pgSQL prepares each anew in each transaction, and a transaction has one call.
--
-- Balances are locked in the order of their labels: members' before the program's own. Making an account takes its turn like a
-- lock, because whoever makes the same one waits. So calls wait for each other in a line and never in a ring, and the budget,
-- which everyone touches, is locked last and shortest.
CREATE FUNCTION ledger_apply(p_program uuid, p_postings jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  count CONSTANT int := jsonb_array_length(p_postings);
  -- One element for each posting.
  ids bigint[]; keys text[] := '{}'; hashes text[]; fresh boolean[];
  resolved bigint[]; reversed bigint[]; restored bigint[]; answer jsonb := '[]';
  -- One for each account, in the order of locking; a place in these is a slot.
  labels text[] := '{}'; accounts bigint[]; balances bigint[]; versions bigint[]; floors bigint[]; ceilings bigint[]; moved boolean[];
  entries ledger_entries[] := '{}';
  -- One for each available balance that a posting changes; `of` is the posting's place and the slot in one number.
  of bigint[] := '{}'; nets bigint[] := '{}';
  posting jsonb; leg jsonb; legs jsonb; names record; earlier record; held record;
  prefix text; wanted text; target text; done text; slot int; at int; shard_no int; rest bigint; part bigint;
BEGIN
  done := ledger_lock_keys(p_program, p_postings)::text;

  -- Which postings are new, what they name, and what they may touch. One that is on record with the same content is a replay.
  FOR i IN 1 .. count LOOP
    posting := p_postings->(i - 1);
    keys[i] := posting->>'key';
    -- jsonb prints one text for one content. When it happened is left out: a retry may look at its clock again.
    hashes[i] := encode(sha256(convert_to((posting - 'occurred_at_ms')::text, 'UTF8')), 'hex');
    SELECT id, request_hash INTO earlier FROM ledger_transactions WHERE program_id = p_program AND key = keys[i];
    IF FOUND THEN
      IF earlier.request_hash <> hashes[i] THEN RETURN ledger_refusal('key_reused'); END IF;
      ids[i] := earlier.id;
      fresh[i] := false;
      CONTINUE;
    END IF;
    fresh[i] := true;
    IF coalesce(posting->>'resolves', posting->>'reverses', posting->>'restores') IS NOT NULL THEN
      names := ledger_names(p_program, posting, keys[:i - 1], ids, resolved, reversed);
      IF names.refusal IS NOT NULL THEN RETURN ledger_refusal(names.refusal); END IF;
      resolved[i] := names.resolved; reversed[i] := names.reversed; restored[i] := names.restored;
    END IF;
    ids[i] := nextval('ledger_transactions_id_seq');
    prefix := ':' || (posting->>'unit') || ':';
    legs := posting->'legs';
    FOR j IN 0 .. jsonb_array_length(legs) - 1 LOOP
      leg := legs->j;
      FOREACH target IN ARRAY ARRAY[leg->>'account', leg->>'spill'] LOOP
        wanted := CASE WHEN target LIKE '%:%' THEN '0' ELSE '1' END || prefix || target;
        IF wanted <> ALL (labels) THEN labels := labels || wanted; END IF;
      END LOOP;
    END LOOP;
  END LOOP;

  labels := array_sort(labels);
  FOR i IN 1 .. cardinality(labels) LOOP
    wanted := labels[i];
    shard_no := CASE WHEN wanted LIKE '1:%:budget' THEN pg_backend_pid() % 16 END;
    FOR attempt IN 1 .. 3 LOOP
      SELECT b.account_id, b.balance_minor, b.version, b.floor_minor, b.ceiling_minor INTO held
        FROM ledger_balances b WHERE b.program_id = p_program AND b.label = concat_ws(':', wanted, shard_no)
        FOR NO KEY UPDATE;
      EXIT WHEN FOUND AND (shard_no IS NULL OR shard_no = 0 OR held.floor_minor IS NULL);
      -- A budget with a cap is spent from shard 0 alone; see ledger_set_budget.
      IF FOUND THEN shard_no := 0; CONTINUE; END IF;
      IF NOT ledger_open_account(p_program, split_part(wanted, ':', 2), split_part(wanted, ':', 3)::account_kind,
        nullif(split_part(wanted, ':', 4), '')::uuid) THEN RETURN ledger_refusal('member_unknown'); END IF;
    END LOOP;
    accounts[i] := held.account_id; balances[i] := held.balance_minor; versions[i] := held.version;
    floors[i] := held.floor_minor; ceilings[i] := held.ceiling_minor;
  END LOOP;

  -- Each leg fills its account as far as the bounds allow; the rest goes to its spill account.
  FOR i IN 1 .. count LOOP
    IF NOT fresh[i] THEN
      answer := answer || jsonb_build_object('id', ids[i]::text, 'replayed', true, 'legs', ledger_recorded(ids[i]));
      CONTINUE;
    END IF;
    posting := p_postings->(i - 1);
    prefix := ':' || (posting->>'unit') || ':';
    legs := '[]';
    FOR j IN 0 .. jsonb_array_length(posting->'legs') - 1 LOOP
      leg := posting->'legs'->j;
      rest := leg->>'amount';
      FOREACH target IN ARRAY ARRAY[leg->>'account', leg->>'spill'] LOOP
        EXIT WHEN rest = 0 OR target IS NULL;
        slot := array_position(labels, CASE WHEN target LIKE '%:%' THEN '0' ELSE '1' END || prefix || target);
        part := CASE WHEN rest < 0 AND floors[slot] IS NOT NULL THEN greatest(rest, least(0, floors[slot] - balances[slot]))
                     WHEN rest > 0 AND ceilings[slot] IS NOT NULL THEN least(rest, greatest(0, ceilings[slot] - balances[slot]))
                     ELSE rest END;
        CONTINUE WHEN part = 0;
        rest := rest - part;
        balances[slot] := balances[slot] + part;
        versions[slot] := versions[slot] + 1;
        moved[slot] := true;
        entries := entries || ROW(accounts[slot], versions[slot], ids[i], part, balances[slot])::ledger_entries;
        legs := legs || jsonb_build_array(jsonb_build_array(target, part::text));
        IF target LIKE 'available:%' THEN
          at := coalesce(array_position(of, i * 1000000::bigint + slot), cardinality(of) + 1);
          of[at] := i * 1000000::bigint + slot;
          nets[at] := coalesce(nets[at], 0) + part;
        END IF;
      END LOOP;
      IF rest <> 0 THEN RETURN ledger_refusal(CASE WHEN rest < 0 THEN 'floor_reached' ELSE 'ceiling_reached' END); END IF;
    END LOOP;
    answer := answer || jsonb_build_object('id', ids[i]::text, 'replayed', false, 'legs', legs);
  END LOOP;

  FOR i IN 1 .. count LOOP
    CONTINUE WHEN NOT fresh[i];
    posting := p_postings->(i - 1);
    INSERT INTO ledger_transactions (id, program_id, key, request_hash, intent, resolves_id, reverses_id, occurred_at)
      VALUES (ids[i], p_program, keys[i], hashes[i], posting->>'intent', resolved[i], reversed[i],
        to_timestamp((posting->>'occurred_at_ms')::float8 / 1000));
  END LOOP;
  FOR i IN 1 .. cardinality(labels) LOOP
    CONTINUE WHEN moved[i] IS NULL;
    UPDATE ledger_balances SET balance_minor = balances[i], version = versions[i] WHERE account_id = accounts[i];
  END LOOP;
  INSERT INTO ledger_entries SELECT * FROM unnest(entries);
  -- A debit takes from the lots behind an available balance; a credit makes one, or restores those that another transaction took.
  FOR m IN 1 .. cardinality(of) LOOP
    CONTINUE WHEN nets[m] = 0;
    at := of[m] / 1000000; slot := of[m] % 1000000;
    posting := p_postings->(at - 1);
    IF nets[m] < 0 THEN
      done := ledger_take_lots(ids[at], accounts[slot], -nets[m], CASE WHEN posting->>'intent' = 'expire'
        THEN to_timestamp((posting->>'occurred_at_ms')::float8 / 1000) END)::text;
    ELSIF restored[at] IS NOT NULL THEN
      done := ledger_restore_lots(ids[at], accounts[slot], nets[m], restored[at])::text;
    ELSE
      INSERT INTO ledger_lots (account_id, transaction_id, amount_minor, remaining_minor, expires_at)
        VALUES (accounts[slot], ids[at], nets[m], nets[m], to_timestamp((posting->>'lot_expires_at_ms')::float8 / 1000));
    END IF;
  END LOOP;
  RETURN jsonb_build_object('ok', true, 'posted', answer);
END $$;

REVOKE ALL ON FUNCTION ledger_apply, ledger_named, ledger_names, ledger_label FROM PUBLIC;
