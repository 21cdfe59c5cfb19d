-- Posts every posting of the array, or none. Only this function writes ledger tables. The application may
-- execute it. A call with an expiry, or one that takes grants back, goes through ledger_expire.
--
-- Takes: the program, and [{key, intent, unit, legs: [{account, amount, spill}, …], occurred_at_ms, resolves,
--   reverses, restores, origin, lot_expires_at_ms}, …]. An account is `kind:member` or `kind`; amounts are
--   decimal strings.
-- Returns: {ok: true, posted: [{id, replayed, legs}, …], spilled: ["0", …]}, in the order of the postings.
--   `legs` is there for a replay and holds the legs on record. `spilled` has one amount for each leg with a
--   spill account, over all postings that are new: the part that the leg's own account did not take.
--   Or {ok: false, code, message}; the caller's transaction can go on as if it had not called.
-- Raises: integrity_constraint_violation, when the legs of a posting do not sum to zero; LR001, when an
--   expiry meets another lot than it names, or a grant is taken back without what lapsed of it.
--
-- It has few statements and few expressions on purpose: PL/pgSQL prepares each one anew in each transaction,
-- and a transaction has one call.
--
-- Locks: balances are locked in the order of their labels, members' before the program's own. Making an
-- account takes its turn like a lock, because whoever makes the same one waits. So calls wait for each other
-- in a line and never in a ring, and the budget, which every call needs, is locked last and for the shortest
-- time.
--
-- Guesses: to lock a balance is to add to it what its first leg asks for, when that fits and cannot spill.
-- Where every leg has a balance to itself and its guess held, which is nearly always, the guesses are the
-- decision. Otherwise the legs are decided one by one, and balances are written once more or guesses taken
-- back. docs/adr/0023-guess-while-locking.md and docs/adr/0025-guesses-that-hold.md say what that saves.
--
-- Expired lots: what has expired by the time of the posting cannot be debited, whether or not its expiry is
-- posted. `expires_from` of a balance says from when on there may be such lots, so that a balance without any
-- costs nothing; docs/adr/0034-expired-is-expired.md says why. A call with an expiry takes what it names.
--
-- Origins: a lot knows the grant that it comes of. A posting that names a grant as its `origin` takes that
-- grant's own lots first, or gives back to it. What lapsed of a grant is not owed: such a posting is not made
-- (`lot_changed`) unless the call revives that first; docs/adr/0046-what-lapsed-is-not-owed.md says why.
CREATE OR REPLACE FUNCTION ledger_post(program uuid, postings jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, ledger_post, pg_temp AS $$
DECLARE
  -- One element for each posting.
  ids bigint[]; keys text[]; hashes text[]; fresh boolean[];
  resolved bigint[]; reversed bigint[]; restored bigint[]; origins bigint[];
  answer jsonb := '[]';
  -- One element for each leg of a new posting: its posting, its accounts' labels and its amount.
  of int[]; accounts text[]; spills text[]; amounts bigint[]; spilled text[];
  -- One element for each account, in the order of locking. A slot is a place in these arrays.
  labels text[]; slots ledger_slot[];
  entries ledger_entries[];
  -- One element for each available balance that a posting changes: the posting's place and the slot in one
  -- number, and the change.
  lots bigint[]; nets bigint[] := '{}';
  posting jsonb := postings->0; leg jsonb; names record; earlier record; held ledger_slot;
  -- The latest time of the postings; null: there is an expiry among them, or no balance has asked yet.
  moment timestamptz;
  unit text; wanted text; done text; slot int := 0; at int; shard int; guess bigint; rest bigint; part bigint;
BEGIN
  -- The usual call by itself: another function with a query in it would cost more than the lock.
  IF jsonb_array_length(postings) = 1 AND coalesce(posting->>'resolves', posting->>'reverses') IS NULL THEN
    done := pg_advisory_xact_lock(hashtextextended(posting->>'key', hashtextextended(program::text, 0)))
      ::text;
  ELSE
    done := ledger_lock_keys(program, postings)::text;
  END IF;

  -- 1. Reads which postings are new, what they name, and their legs. A posting on record with the same
  -- content is a replay.
  FOR i IN 1 .. jsonb_array_length(postings) LOOP
    posting := postings->(i - 1);
    keys[i] := posting->>'key';
    -- jsonb prints one text for one content. The time is left out: a retry may read its clock again. So is
    -- the origin, which follows from the key: postings from before there was one stay what they were.
    hashes[i] := encode(
      sha256(convert_to((posting - '{occurred_at_ms,origin}'::text[])::text, 'UTF8')), 'hex');
    SELECT id, request_hash INTO earlier FROM ledger_transactions
      WHERE program_id = program AND key = keys[i];
    IF FOUND THEN
      IF earlier.request_hash <> hashes[i] THEN RETURN ledger_refusal('key_reused'); END IF;
      ids[i] := earlier.id;
      CONTINUE;
    END IF;
    fresh[i] := true;
    IF coalesce(posting->>'resolves', posting->>'reverses', posting->>'restores', posting->>'origin')
      IS NOT NULL THEN
      names := ledger_names(program, posting, keys[:i - 1], ids, resolved, reversed);
      IF names.refusal IS NOT NULL THEN RETURN ledger_refusal(names.refusal); END IF;
      resolved[i] := names.resolved; reversed[i] := names.reversed; restored[i] := names.restored;
      IF names.origin IS NOT NULL THEN origins[i] := names.origin; END IF;
    END IF;
    ids[i] := nextval('ledger_transactions_id_seq');
    unit := posting->>'unit';
    rest := 0;
    FOR j IN 0 .. jsonb_array_length(posting->'legs') - 1 LOOP
      leg := posting->'legs'->j;
      part := (leg->>'amount')::bigint;
      rest := rest + part;
      of := of || i;
      accounts := accounts || ledger_label_of(unit, leg->>'account');
      spills := spills || ledger_label_of(unit, leg->>'spill');
      amounts := amounts || part;
    END LOOP;
    -- A leg is posted whole, all of it to accounts of this unit, or not at all. So when the legs sum to zero,
    -- the entries do.
    IF rest <> 0 THEN
      RAISE EXCEPTION 'the legs of a posting must sum to zero'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END LOOP;

  -- 2. Locks every balance, with a guess where one is possible, and makes the accounts that are missing.
  FOREACH wanted IN ARRAY coalesce(array_sort(accounts || spills), '{}') LOOP
    EXIT WHEN wanted IS NULL; -- Legs without a spill account sort last.
    CONTINUE WHEN wanted = labels[slot];
    at := array_position(accounts, wanted);
    guess := CASE WHEN spills[at] IS NULL THEN nullif(amounts[at], 0) END;
    shard := CASE WHEN wanted LIKE '1:%:budget' THEN pg_backend_pid() % 16 END;
    LOOP
      IF guess IS NOT NULL THEN
        UPDATE ledger_balances b SET balance_minor = b.balance_minor + guess, version = b.version + 1
          WHERE b.program_id = program AND b.label = concat_ws(':', wanted, shard)
            AND (b.balance_minor + guess >= b.floor_minor AND b.balance_minor + guess <= b.ceiling_minor)
              IS NOT FALSE
          RETURNING b.account_id, old.balance_minor, old.version, b.floor_minor, b.ceiling_minor,
            guess, b.version, b.expires_from
          INTO held;
        EXIT WHEN FOUND;
      END IF;
      SELECT b.account_id, b.balance_minor, b.version, b.floor_minor, b.ceiling_minor, 0, b.version,
          b.expires_from
        INTO held FROM ledger_balances b
        WHERE b.program_id = program AND b.label = concat_ws(':', wanted, shard)
        FOR NO KEY UPDATE;
      EXIT WHEN FOUND AND (shard IS NULL OR shard = 0 OR held.floor_minor IS NULL);
      -- A budget with a cap is spent from shard 0 alone; see ledger_set_budget.
      IF FOUND THEN shard := 0; CONTINUE; END IF;
      IF NOT ledger_open_account(program, split_part(wanted, ':', 2),
        split_part(wanted, ':', 3)::account_kind, nullif(split_part(wanted, ':', 4), '')::uuid) THEN
        RETURN ledger_refuse('member_unknown', slots);
      END IF;
    END LOOP;
    slot := slot + 1;
    labels[slot] := wanted;
    slots[slot] := held;
    IF held.expires_from IS NOT NULL THEN
      moment := ledger_moment(postings);
      IF held.expires_from <= moment THEN
        -- What has expired is below the floor. A guess that went below it is no decision.
        held.floor_minor := held.floor_minor + ledger_expired(held.account_id, moment);
        slots[slot] := held;
        CONTINUE WHEN held.guess_minor < 0
          AND held.balance_minor + held.guess_minor < held.floor_minor;
      END IF;
    END IF;
    CONTINUE WHEN held.guess_minor = 0;
    entries := entries
      || ROW(held.account_id, held.stored_version, ids[of[at]], guess, held.balance_minor + guess)
        ::ledger_entries;
    IF wanted LIKE '0:%:available:%' THEN
      lots := lots || of[at] * 1000000::bigint + slot;
      nets := nets || guess;
    END IF;
  END LOOP;

  -- What lapsed of a grant is to be revived before the rest of it is taken back. Raised, so that it is undone
  -- and no lock is left: whoever revives it locks one balance more, in its turn.
  IF origins IS NOT NULL AND ledger_is_unmet(postings, fresh, origins) THEN
    RAISE EXCEPTION 'lot_changed' USING ERRCODE = 'LR001';
  END IF;

  -- 3. With as many guesses as legs, each leg has a balance to itself and none can spill: the guesses stand.
  -- Otherwise decides leg by leg.
  IF cardinality(entries) IS DISTINCT FROM cardinality(amounts) THEN
    entries := NULL; lots := NULL; nets := '{}';
    -- Each leg fills its account as far as the bounds allow; the rest goes to its spill account.
    FOR l IN 1 .. coalesce(cardinality(amounts), 0) LOOP
      rest := amounts[l];
      FOREACH wanted IN ARRAY ARRAY[accounts[l], spills[l]] LOOP
        EXIT WHEN wanted IS NULL;
        IF wanted = spills[l] THEN spilled := spilled || rest::text; END IF;
        slot := array_position(labels, wanted);
        held := slots[slot];
        part := CASE
          WHEN rest < 0 AND held.floor_minor IS NOT NULL
            THEN greatest(rest, least(0, held.floor_minor - held.balance_minor))
          WHEN rest > 0 AND held.ceiling_minor IS NOT NULL
            THEN least(rest, greatest(0, held.ceiling_minor - held.balance_minor))
          ELSE rest END;
        CONTINUE WHEN part = 0;
        rest := rest - part;
        held.balance_minor := held.balance_minor + part;
        held.version := held.version + 1;
        slots[slot] := held;
        entries := entries
          || ROW(held.account_id, held.version, ids[of[l]], part, held.balance_minor)::ledger_entries;
        IF wanted LIKE '0:%:available:%' THEN
          at := coalesce(array_position(lots, of[l] * 1000000::bigint + slot), cardinality(nets) + 1);
          lots[at] := of[l] * 1000000::bigint + slot;
          nets[at] := coalesce(nets[at], 0) + part;
        END IF;
      END LOOP;
      IF rest <> 0 THEN
        RETURN ledger_refuse(CASE WHEN rest < 0 THEN 'floor_reached' ELSE 'ceiling_reached' END, slots);
      END IF;
    END LOOP;
    FOREACH held IN ARRAY coalesce(slots, '{}') LOOP
      CONTINUE WHEN held.version = held.stored_version;
      UPDATE ledger_balances SET balance_minor = held.balance_minor, version = held.version
        WHERE account_id = held.account_id;
    END LOOP;
  END IF;

  -- 4. Writes the transactions, their entries and their lots.
  FOR i IN 1 .. jsonb_array_length(postings) LOOP
    IF fresh[i] IS NULL THEN
      answer := answer
        || jsonb_build_object('id', ids[i]::text, 'replayed', true, 'legs', ledger_recorded(ids[i]));
      CONTINUE;
    END IF;
    answer := answer || jsonb_build_object('id', ids[i]::text, 'replayed', false);
    posting := postings->(i - 1);
    INSERT INTO ledger_transactions
        (id, program_id, key, request_hash, intent, resolves_id, reverses_id, origin_id, occurred_at)
      VALUES (ids[i], program, keys[i], hashes[i], posting->>'intent', resolved[i], reversed[i], origins[i],
        to_timestamp((posting->>'occurred_at_ms')::float8 / 1000));
  END LOOP;
  INSERT INTO ledger_entries SELECT * FROM unnest(entries);
  -- A debit takes from the lots behind an available balance. A credit makes a lot, or restores those that
  -- another transaction took.
  FOR m IN 1 .. cardinality(nets) LOOP
    CONTINUE WHEN nets[m] = 0;
    at := lots[m] / 1000000; held := slots[lots[m] % 1000000];
    posting := postings->(at - 1);
    IF origins[at] IS NOT NULL THEN
      done := ledger_move_own(ids[at], held.account_id, nets[m], origins[at], posting, moment)::text;
    ELSIF nets[m] < 0 THEN
      done := ledger_take_lots(ids[at], held.account_id, -nets[m], CASE WHEN posting->>'intent' = 'expire'
        THEN to_timestamp((posting->>'occurred_at_ms')::float8 / 1000) END, moment)::text;
    ELSIF restored[at] IS NOT NULL THEN
      done := ledger_restore_lots(ids[at], held.account_id, nets[m], restored[at])::text;
    ELSE
      INSERT INTO ledger_lots
          (account_id, transaction_id, origin_id, amount_minor, remaining_minor, expires_at)
        VALUES (held.account_id, ids[at], coalesce(resolved[at], ids[at]), nets[m], nets[m],
          to_timestamp((posting->>'lot_expires_at_ms')::float8 / 1000));
      IF posting->>'lot_expires_at_ms' IS NOT NULL THEN
        done := ledger_note_expiry(held.account_id,
          to_timestamp((posting->>'lot_expires_at_ms')::float8 / 1000))::text;
      END IF;
    END IF;
  END LOOP;
  RETURN jsonb_build_object('ok', true, 'posted', answer, 'spilled', spilled);
END $$;
