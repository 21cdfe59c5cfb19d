-- A lot knows the grant that it comes of, and how much of it expired. A transaction that takes a part of a grant
-- back, gives one back or revives one names that grant.
ALTER TABLE "ledger_transactions" ADD COLUMN "origin_id" BIGINT;
ALTER TABLE "ledger_lots" ADD COLUMN "origin_id" BIGINT,
  ADD COLUMN "expired_minor" BIGINT NOT NULL DEFAULT 0,
  ADD CONSTRAINT ledger_lots_expired CHECK (expired_minor >= 0);

-- As far as the record tells: a grant, what resolves it, and by the convention of keys what was given back of a
-- reward.
UPDATE ledger_lots l SET origin_id = CASE t.intent
    WHEN 'grant' THEN t.id
    WHEN 'mature' THEN coalesce(t.resolves_id, t.id)
    WHEN 'restore' THEN (
      SELECT g.id FROM ledger_transactions g
      WHERE g.program_id = t.program_id AND g.key = 'grant:' || split_part(t.key, ':', 2)) END
  FROM ledger_transactions t WHERE t.id = l.transaction_id;

-- What a merge moved comes of the grants of the lots that it took, where those of one expiry come of one grant.
-- Who was merged may be merged again: as often as a lot finds its origin so, another may.
DO $$
BEGIN
  LOOP
    UPDATE ledger_lots l SET origin_id = o.origin_id
      FROM (
        SELECT u.transaction_id, s.expires_at, min(s.origin_id) AS origin_id
        FROM ledger_allocations u
        JOIN ledger_lots s ON s.id = u.lot_id
        JOIN ledger_transactions t ON t.id = u.transaction_id AND t.intent = 'merge'
        GROUP BY u.transaction_id, s.expires_at
        HAVING count(DISTINCT s.origin_id) = 1 AND count(*) = count(s.origin_id)
      ) AS o
      WHERE l.origin_id IS NULL AND o.transaction_id = l.transaction_id
        AND o.expires_at IS NOT DISTINCT FROM l.expires_at;
    EXIT WHEN NOT FOUND;
  END LOOP;
END $$;

UPDATE ledger_lots l SET expired_minor = u.expired_minor
  FROM (
    SELECT u.lot_id, sum(u.amount_minor) AS expired_minor
    FROM ledger_allocations u JOIN ledger_transactions t ON t.id = u.transaction_id
    WHERE t.intent = 'expire' GROUP BY u.lot_id
  ) AS u
  WHERE u.lot_id = l.id;

-- Only what expires is looked for by its grant, and only what names one: the usual posting pays nothing.
CREATE INDEX ledger_lots_origin ON ledger_lots (origin_id) WHERE expires_at IS NOT NULL;
CREATE INDEX ledger_transactions_origin ON ledger_transactions (origin_id) WHERE origin_id IS NOT NULL;

-- What lapsed of a grant and lies in breakage still: what expiries took of the lots that come of it, less
-- what was revived. The application may execute it; it reads what the application may read anyway.
--
-- Takes: the grant's transaction.
-- Returns: the amount in minor units.
CREATE OR REPLACE FUNCTION ledger_lapsed(p_origin bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (coalesce((
      SELECT sum(expired_minor) FROM ledger_lots WHERE origin_id = p_origin AND expires_at IS NOT NULL), 0)
    + coalesce((
      SELECT sum(e.amount_minor) FROM ledger_transactions t
      JOIN ledger_entries e ON e.transaction_id = t.id
      JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'breakage'
      WHERE t.origin_id = p_origin), 0))::bigint
$$;

-- The lots of a grant that have expired by a moment and whose expiry is not booked. What is left on the
-- account of a member who was merged into another had expired by then, whatever the moment. The application
-- may execute it; it reads what the application may read anyway.
--
-- Takes: the grant's transaction, and the moment.
-- Returns: the lots' ids.
CREATE OR REPLACE FUNCTION ledger_unbooked(p_origin bigint, p_moment timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
  SELECT l.id FROM ledger_lots l
  JOIN ledger_accounts a ON a.id = l.account_id
  JOIN members m ON m.program_id = a.program_id AND m.id = a.member_id
  WHERE l.origin_id = p_origin AND l.open AND l.expires_at IS NOT NULL
    AND (l.expires_at <= p_moment OR m.merged_into IS NOT NULL)
$$;

-- Whether a call takes back grants without what lapsed of them, though it is there, or revives more than
-- that. ledger_post asks under the locks of the balances, so that no expiry comes in between. What has
-- expired and is not booked is to be booked first: on the account of the member, and on that of one who was
-- merged into them.
--
-- Takes: the postings, which of them are new, and the grants that they name.
-- Returns: whether it does.
CREATE OR REPLACE FUNCTION ledger_is_unmet(
  p_postings jsonb, p_fresh boolean[], p_origins bigint[]
) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- Nothing of the grants expires any more, or ever did, and nothing is revived: the usual answer.
  IF NOT EXISTS (
    SELECT FROM ledger_lots
    WHERE origin_id = ANY (p_origins) AND expires_at IS NOT NULL AND (open OR expired_minor > 0)
  ) THEN
    RETURN EXISTS (
      SELECT FROM jsonb_array_elements(p_postings) WITH ORDINALITY AS p (posting, nth)
      WHERE p.posting->>'intent' = 'revive' AND p_fresh[nth]);
  END IF;
  RETURN EXISTS (
    SELECT FROM (
      SELECT p_origins[p.nth] AS origin,
        coalesce(-sum(l.amount) FILTER (WHERE p.intent = 'reverse'), 0) AS back,
        coalesce(sum(l.amount) FILTER (WHERE p.intent = 'revive'), 0) AS revived
      FROM (
        SELECT nth, posting->>'intent' AS intent, posting->'legs' AS legs
        FROM jsonb_array_elements(p_postings) WITH ORDINALITY AS all_of (posting, nth)
      ) AS p, LATERAL (
        SELECT (leg->>'amount')::bigint AS amount FROM jsonb_array_elements(p.legs) AS leg
        WHERE leg->>'account' LIKE 'available:%' OR leg->>'account' LIKE 'owed:%'
      ) AS l
      WHERE p.intent IN ('reverse', 'revive') AND p_fresh[p.nth] AND p_origins[p.nth] IS NOT NULL
      GROUP BY 1
    ) AS asked, LATERAL (SELECT ledger_lapsed(asked.origin) AS minor) AS lapsed
    WHERE revived > lapsed.minor OR (revived < back AND (lapsed.minor > revived OR EXISTS (
      SELECT FROM ledger_unbooked(asked.origin, ledger_moment(p_postings))))));
END $$;

-- Takes an amount from the lots behind an available balance, the first to expire first; what has expired by
-- the moment of the call is left for its expiry. An expiry takes exactly one lot, whole and expired.
--
-- Takes: the transaction, the account, the amount in minor units, the time of an expiry (null: no expiry),
--   and the moment (null: any lot will do).
-- Returns: nothing.
-- Raises: LR001 with the message `lot_changed`, when the first lot is not the one that an expiry names;
--   raise_exception, when the lots hold less than the balance.
CREATE OR REPLACE FUNCTION ledger_take_lots(
  p_transaction bigint, p_account bigint, p_amount bigint, p_expired_at timestamptz, p_moment timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  missing bigint := p_amount;
  part bigint;
BEGIN
  LOOP
    WITH taken AS (
      UPDATE ledger_lots l
      SET remaining_minor = l.remaining_minor - least(missing, l.remaining_minor), uses = l.uses + 1,
        expired_minor = l.expired_minor + CASE WHEN p_expired_at IS NULL THEN 0 ELSE p_amount END
      WHERE l.ctid = (
          SELECT ctid FROM ledger_lots
          WHERE account_id = p_account AND open AND (expires_at <= p_moment) IS NOT TRUE
          ORDER BY expires_at, id LIMIT 1)
        AND (p_expired_at IS NULL OR (l.remaining_minor = p_amount AND l.expires_at <= p_expired_at))
      RETURNING l.id, old.remaining_minor - new.remaining_minor AS part
    )
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor)
      SELECT id, p_transaction, taken.part FROM taken
      RETURNING amount_minor INTO part;
    EXIT WHEN part = missing;
    IF part IS NULL AND p_moment IS NOT NULL THEN
      -- A credit of this very call, made expired, may be what its debit was decided by.
      p_moment := NULL;
      CONTINUE;
    END IF;
    IF part IS NULL AND p_expired_at IS NOT NULL THEN
      RAISE EXCEPTION 'lot_changed' USING ERRCODE = 'LR001';
    END IF;
    IF part IS NULL THEN
      RAISE EXCEPTION 'account % has % less in lots than in its balance', p_account, missing;
    END IF;
    missing := missing - part;
  END LOOP;
  IF p_expired_at IS NOT NULL THEN
    UPDATE ledger_balances SET expires_from = (
        SELECT min(expires_at) FROM ledger_lots WHERE account_id = p_account AND open)
      WHERE account_id = p_account;
  END IF;
END $$;

-- Moves the lots behind an available balance for a posting that names a grant. A debit takes the grant's own
-- lots first, what was revived for it before all, and then others as ledger_take_lots does. A credit first
-- gives back what earlier debits for the grant took from the lots of others, the last to expire first; the
-- rest is a lot of the grant. What is revived is one at once.
--
-- Takes: the transaction, the account, the change in minor units, the grant's transaction, the posting, and
--   the moment (null: no lot of the account has expired).
-- Returns: nothing.
-- Raises: what ledger_take_lots raises.
CREATE OR REPLACE FUNCTION ledger_move_own(
  p_transaction bigint, p_account bigint, p_change bigint, p_origin bigint, p_posting jsonb,
  p_moment timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  missing bigint := abs(p_change);
  part bigint;
  earliest timestamptz;
BEGIN
  FOR lot IN
    SELECT id, remaining_minor AS minor, expires_at FROM ledger_lots
    WHERE p_change < 0 AND account_id = p_account AND open AND origin_id = p_origin
    UNION ALL
    SELECT l.id, sum(u.amount_minor), l.expires_at
    FROM ledger_transactions t
    JOIN ledger_allocations u ON u.transaction_id = t.id
    JOIN ledger_lots l ON l.id = u.lot_id
    WHERE p_change > 0 AND p_posting->>'intent' <> 'revive' AND t.origin_id = p_origin
      AND l.account_id = p_account AND l.origin_id IS DISTINCT FROM p_origin
    GROUP BY l.id HAVING sum(u.amount_minor) > 0
    ORDER BY 3 DESC NULLS FIRST, 1 DESC
  LOOP
    EXIT WHEN missing = 0;
    part := least(missing, lot.minor) * sign(p_change);
    UPDATE ledger_lots SET remaining_minor = remaining_minor + part, uses = uses + 1 WHERE id = lot.id;
    INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor)
      VALUES (lot.id, p_transaction, -part);
    missing := missing - abs(part);
    IF p_change > 0 THEN earliest := least(earliest, lot.expires_at); END IF;
  END LOOP;
  IF p_change < 0 AND missing > 0 THEN
    PERFORM ledger_take_lots(p_transaction, p_account, missing, NULL, p_moment);
  ELSIF missing > 0 THEN
    INSERT INTO ledger_lots (account_id, transaction_id, origin_id, amount_minor, remaining_minor, expires_at)
      VALUES (p_account, p_transaction, p_origin, missing, missing,
        to_timestamp((p_posting->>'lot_expires_at_ms')::float8 / 1000))
      RETURNING least(earliest, expires_at) INTO earliest;
  END IF;
  IF earliest IS NOT NULL THEN
    PERFORM ledger_note_expiry(p_account, earliest);
  END IF;
END $$;

-- Gives an amount back to the lots from which an earlier transaction took it. When the amount is only a part,
-- the lot that expires last comes first. A transaction that gives on what it takes itself from another
-- account makes lots that expire when those did and come of the same grants, one for each of both.
--
-- Takes: the transaction that gives back, the account, the amount in minor units, and the transaction that
--   took; 0: the one that gives.
-- Returns: nothing.
-- Raises: raise_exception, when the earlier transaction took less than the amount.
CREATE OR REPLACE FUNCTION ledger_restore_lots(
  p_transaction bigint, p_account bigint, p_amount bigint, p_taken_by bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  missing bigint := p_amount;
  part bigint;
  earliest timestamptz;
BEGIN
  FOR lot IN
    SELECT l.id, l.expires_at, l.origin_id, a.amount_minor AS taken_minor
    FROM ledger_allocations a JOIN ledger_lots l ON l.id = a.lot_id
    WHERE p_taken_by <> 0 AND a.transaction_id = p_taken_by AND l.account_id = p_account
    UNION ALL
    SELECT NULL, l.expires_at, l.origin_id, sum(a.amount_minor)
    FROM ledger_allocations a JOIN ledger_lots l ON l.id = a.lot_id
    WHERE p_taken_by = 0 AND a.transaction_id = p_transaction AND l.account_id <> p_account
    GROUP BY l.expires_at, l.origin_id
    ORDER BY 2 DESC NULLS FIRST, 1 DESC, 3 DESC
  LOOP
    part := least(missing, lot.taken_minor);
    IF p_taken_by = 0 THEN
      INSERT INTO ledger_lots
          (account_id, transaction_id, origin_id, amount_minor, remaining_minor, expires_at)
        VALUES (p_account, p_transaction, lot.origin_id, part, part, lot.expires_at);
    ELSE
      UPDATE ledger_lots SET remaining_minor = remaining_minor + part, uses = uses + 1 WHERE id = lot.id;
      INSERT INTO ledger_allocations (lot_id, transaction_id, amount_minor)
        VALUES (lot.id, p_transaction, -part);
    END IF;
    missing := missing - part;
    earliest := least(earliest, lot.expires_at);
    EXIT WHEN missing = 0;
  END LOOP;
  IF missing > 0 THEN
    RAISE EXCEPTION 'transaction % took % less than is given back', p_taken_by, missing;
  END IF;
  IF earliest IS NOT NULL THEN
    PERFORM ledger_note_expiry(p_account, earliest);
  END IF;
END $$;

DROP FUNCTION ledger_names(uuid, jsonb, text[], bigint[], bigint[], bigint[]);

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

-- Has what comes of grants expire at other times: all lots of each, those too that were drawn on, so that
-- what is released to one has the new time. What has lapsed stays so until it is revived. The application may
-- execute this function.
--
-- Locks the available balances of the lots in the order of their labels, until the end of the transaction.
--
-- Takes: the program, and [{origin, expires_at_ms}, …]. An origin is the key of a grant.
-- Returns: the keys of those grants of which something has lapsed, with the amount.
CREATE OR REPLACE FUNCTION ledger_move_expiry(program uuid, moves jsonb)
RETURNS TABLE (origin text, lapsed_minor bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  ids bigint[]; earliest record;
BEGIN
  SELECT array_agg(t.id) INTO ids
    FROM jsonb_array_elements(moves) AS m (move)
    JOIN ledger_transactions t ON t.program_id = program AND t.key = m.move->>'origin';
  PERFORM FROM ledger_balances b
    WHERE b.account_id IN (
      SELECT account_id FROM ledger_lots WHERE origin_id = ANY (ids) AND expires_at IS NOT NULL)
    ORDER BY b.label FOR NO KEY UPDATE;
  UPDATE ledger_lots l SET expires_at = to_timestamp((m.move->>'expires_at_ms')::float8 / 1000)
    FROM jsonb_array_elements(moves) AS m (move)
    JOIN ledger_transactions t ON t.program_id = program AND t.key = m.move->>'origin'
    WHERE l.origin_id = t.id AND l.expires_at IS NOT NULL;
  FOR earliest IN
    SELECT account_id, min(expires_at) AS expires_at FROM ledger_lots
    WHERE origin_id = ANY (ids) AND open AND expires_at IS NOT NULL GROUP BY account_id
  LOOP
    PERFORM ledger_note_expiry(earliest.account_id, earliest.expires_at);
  END LOOP;
  RETURN QUERY SELECT t.key, ledger_lapsed(t.id) FROM ledger_transactions t
    WHERE t.id = ANY (ids) AND ledger_lapsed(t.id) > 0;
END $$;

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

REVOKE ALL ON FUNCTION ledger_lapsed, ledger_unbooked, ledger_is_unmet, ledger_move_own, ledger_names,
  ledger_move_expiry FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_lapsed, ledger_unbooked, ledger_move_expiry TO referral_app;
