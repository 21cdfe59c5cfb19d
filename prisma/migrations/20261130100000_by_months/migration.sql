-- Clicks, notices, messages and events are kept by months: what is past its time goes as a whole, not row by
-- row.

-- The partitions of the tables that are kept by months, those alone that hold a span of time.
--
-- Returns: the table, the partition, and the time at which its span ends.
CREATE OR REPLACE FUNCTION months_list() RETURNS TABLE (parent text, part text, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.relname::text, c.relname::text,
    (make_timestamp(said[2]::int, said[3]::int, 1, 0, 0, 0)
      + CASE WHEN said[1] IS NULL THEN interval '1 month' ELSE '0' END) AT TIME ZONE 'UTC'
  FROM pg_inherits i
  JOIN pg_class p ON p.oid = i.inhparent AND p.relkind = 'p' AND p.relnamespace = 'public'::regnamespace
  JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL regexp_match(c.relname, '_(until_)?(\d{4})_(\d{2})(_kept)?$') said
  WHERE said IS NOT NULL
$$;

-- Where a month begins in a table that is kept by months, as its partitions say it: as a time, or, where the
-- table is parted by ids of version 7, as the lowest id of that time.
--
-- Takes: the table, and the first moment of the month, in UTC.
-- Returns: the bound, as text.
CREATE OR REPLACE FUNCTION months_bound(p_table text, p_month timestamp) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN a.atttypid = 'uuid'::regtype
    THEN rpad(lpad(to_hex((extract(epoch FROM p_month AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0'), 32, '0')
    ELSE p_month::text || '+00' END
  FROM pg_partitioned_table t JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
  WHERE t.partrelid = p_table::regclass
$$;

-- Makes room in every table that is kept by months: a partition for this month and each of the three to come,
-- where there is none yet. What came while nobody had made room lies in the partition `<table>_rest`, and
-- moves to partitions of its months. Where there was nothing to make, it looks at what the tables hold, for
-- the planner; not otherwise, as others would wait meanwhile for what a new partition locks. The application
-- may execute this function; it gives up after half a second where others use the table so that it cannot be
-- changed.
--
-- Returns: how many partitions were made.
CREATE OR REPLACE FUNCTION months_open() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
  v_now timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  v_made int := 0; v_table record; v_month timestamp; v_part text; v_from text; v_to text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  FOR v_table IN
    SELECT c.relname::text AS name, a.attname::text AS key,
      CASE WHEN a.atttypid = 'uuid'::regtype THEN format('uuid_extract_timestamp(%I)', a.attname)
        ELSE quote_ident(a.attname) END AS at,
      coalesce((SELECT format(' WITH (%s)', array_to_string(r.reloptions, ', ')) FROM pg_class r
        WHERE r.oid = to_regclass(c.relname || '_rest') AND r.reloptions IS NOT NULL), '') AS options
    FROM pg_partitioned_table t JOIN pg_class c ON c.oid = t.partrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = t.partattrs[0]
    WHERE c.relnamespace = 'public'::regnamespace
    ORDER BY c.relname
  LOOP
    FOR v_month IN EXECUTE format(
      'SELECT m FROM generate_series($1, $1 + interval ''3 months'', ''1 month'') m UNION
       SELECT date_trunc(''month'', %1$s AT TIME ZONE ''UTC'') FROM %2$I WHERE %1$s IS NOT NULL ORDER BY 1',
      v_table.at, v_table.name || '_rest') USING v_now
    LOOP
      v_part := v_table.name || to_char(v_month, '_YYYY_MM');
      CONTINUE WHEN to_regclass(quote_ident(v_part)) IS NOT NULL OR EXISTS (
        SELECT FROM months_list() l WHERE l.parent = v_table.name AND l.part LIKE '%\_until\_%'
          AND l.until > v_month AT TIME ZONE 'UTC');
      v_from := months_bound(v_table.name, v_month);
      v_to := months_bound(v_table.name, v_month + interval '1 month');
      -- What came between the move and the end of this would belong to both.
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', v_table.name || '_rest');
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)%s',
        v_part, v_table.name, v_table.options);
      EXECUTE format('WITH late AS (DELETE FROM %1$I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *)
        INSERT INTO %5$I SELECT * FROM late', v_table.name || '_rest', v_table.key, v_from, v_to, v_part);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        v_table.name, v_part, v_from, v_to);
      v_made := v_made + 1;
    END LOOP;
    -- PostgreSQL does not gather what it knows of a table over all its partitions by itself.
    IF v_made = 0 THEN EXECUTE format('ANALYZE ONLY %I', v_table.name); END IF;
  END LOOP;
  RETURN v_made;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;

-- Which events of a partition stay when their month is past its time, as money, ranks or open cases may still
-- ask for them: what is not decided, and what a refund names that is not decided; signups, refunds, what a
-- referral qualified by, what a budget refused, and whatever a member did whose referral has not ended, since
-- an action of the past may have been the first of three. With each stays the command that counted it for
-- points, by which a refund finds whom to take them from; older months are settled before.
--
-- Takes: the partition, and among which of its events; null: all.
-- Returns: their ids.
CREATE OR REPLACE FUNCTION events_needed(p_part text, p_among uuid[] DEFAULT NULL) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format($sql$
    WITH own AS (SELECT * FROM %1$I WHERE $1 IS NULL OR id = ANY ($1)),
    needed AS (
      SELECT id FROM own WHERE state <> 'decided' OR type = 'signup' OR refund_of IS NOT NULL
      UNION SELECT e.id FROM own e
        JOIN referrals r ON r.program_id = e.program_id AND r.qualifying_event_id = e.id
      UNION SELECT e.id FROM own e JOIN refused_rewards w ON w.program_id = e.program_id AND w.event_id = e.id
      UNION SELECT e.id FROM own e JOIN events f ON f.program_id = e.program_id AND f.refund_of = e.key
        AND f.state <> 'decided'
      UNION SELECT e.id FROM own e
        JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
        JOIN referrals r ON r.program_id = m.program_id AND r.referred_id = m.id AND r.ended_at IS NULL)
    SELECT id FROM needed
    UNION SELECT a.id FROM own a WHERE a.type = 'member.acted' AND (
      (a.payload->>'event')::uuid IN (SELECT id FROM needed)
      OR EXISTS (SELECT FROM events t WHERE t.program_id = a.program_id AND t.id = (a.payload->>'event')::uuid
                 AND t.tableoid <> %1$L::regclass))
    $sql$, p_part) USING p_among;
END $$;

-- Copies what stays of a month of events (`events_needed`), while everybody reads and changes them; then
-- stops everybody, and copies once more what was changed meanwhile, such as by an erasure. Indexes are made
-- before, and what the partition must hold is proven by the constraint `bound`, so that nobody waits for
-- either. Whoever uses events holds their table and waits for its partitions: so the table is locked, and not
-- the partition first, which would be a deadlock.
--
-- Takes: the partition.
-- Returns: the table with the copies, which belongs to no other table yet. Until the end of the transaction
-- nobody else uses events.
CREATE OR REPLACE FUNCTION events_keep(p_part text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_kept text := p_part || '_kept';
  v_options text := (SELECT ' WITH (' || array_to_string(reloptions, ', ') || ')'
    FROM pg_class WHERE oid = p_part::regclass);
  v_since xid := pg_snapshot_xmin(pg_current_snapshot())::xid;
  v_changed uuid[];
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)%s',
    v_kept, coalesce(v_options, ''));
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT bound CHECK (%s)', v_kept,
    pg_get_partition_constraintdef(p_part::regclass));
  EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE id IN (SELECT events_needed(%2$L))', v_kept, p_part);
  LOCK TABLE ONLY events IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('SELECT array_agg(id) FROM %I WHERE age(xmin) <= age($1)', p_part)
    INTO v_changed USING v_since;
  IF v_changed IS NOT NULL THEN
    EXECUTE format('DELETE FROM %I WHERE id = ANY ($1)', v_kept) USING v_changed;
    EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE id IN (SELECT events_needed(%2$L, $1))',
      v_kept, p_part) USING v_changed;
  END IF;
  RETURN v_kept;
END $$;

-- Ends the oldest partition of a table that holds nothing newer than a time: it is detached from the table
-- and gone, without a look at its rows. Of a month of events stays what `events_keep` says, in a partition
-- that takes its place. What the last 28 days brought stays, whatever is asked. The application may execute
-- this function; one call ends one partition, so that each is a transaction. Everybody else waits while it
-- waits for those who use the table, such as a backup: so it gives up after half a second.
--
-- Takes: the table, and the time.
-- Returns: the partition that is gone; null: there is none left, or none can be had now.
CREATE OR REPLACE FUNCTION months_drop(p_table text, p_before timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE v_part text; v_bound text; v_kept text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  SELECT l.part, pg_get_expr(c.relpartbound, c.oid) INTO v_part, v_bound
  FROM months_list() l JOIN pg_class c ON c.oid = l.part::regclass
  WHERE l.parent = p_table AND l.part NOT LIKE '%\_kept'
    AND l.until <= least(p_before, now() - interval '28 days')
  ORDER BY l.until LIMIT 1;
  IF v_part IS NULL THEN RETURN NULL; END IF;
  IF p_table = 'events' THEN v_kept := events_keep(v_part); END IF;
  EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', p_table, v_part);
  EXECUTE format('DROP TABLE %I', v_part);
  IF v_kept IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I %s', p_table, v_kept, v_bound);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT bound', v_kept);
  END IF;
  RETURN v_part;
EXCEPTION WHEN lock_not_available THEN
  RETURN NULL;
END $$;

-- Looks once more at a month of events of which a part was kept, and lets go what nothing builds on any more,
-- such as the actions of a referral that has ended since. The months take turns. The application may execute
-- this function.
--
-- Takes: the time before which months may go, and whose turn it is, a number that grows by one from call to
-- call.
-- Returns: how many events are gone.
CREATE OR REPLACE FUNCTION events_let_go(p_before timestamptz, p_turn bigint) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE v_kept text[]; v_gone int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('months'));
  SELECT array_agg(part ORDER BY until) INTO v_kept FROM months_list()
  WHERE parent = 'events' AND part LIKE '%\_kept' AND until <= least(p_before, now() - interval '28 days');
  IF v_kept IS NULL THEN RETURN 0; END IF;
  -- The state is asked again of what somebody changes meanwhile, as when an event is decided anew.
  EXECUTE format($sql$
    DELETE FROM %1$I WHERE state = 'decided' AND id NOT IN (SELECT events_needed(%1$L))
    $sql$, v_kept[1 + p_turn % cardinality(v_kept)]);
  GET DIAGNOSTICS v_gone = ROW_COUNT;
  RETURN v_gone;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END $$;

REVOKE ALL ON FUNCTION months_open, months_drop, events_keep, events_needed, events_let_go FROM PUBLIC;
GRANT EXECUTE ON FUNCTION months_open, months_drop, events_let_go TO referral_app;

-- Turns a table into one that is kept by months. What it holds becomes the partition of all that is before
-- the next month.
CREATE FUNCTION pg_temp.by_months(p_table text, p_key text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_next timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month';
  v_old text := p_table || to_char(v_next, '"_until_"YYYY_MM');
  v_index record;
  v_options text;
BEGIN
  EXECUTE format('ALTER TABLE %I RENAME TO %I', p_table, v_old);
  FOR v_index IN
    SELECT c.relname, row_number() OVER (ORDER BY c.relname) AS nth
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = v_old::regclass
  LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', v_index.relname, v_old || '_' || v_index.nth);
  END LOOP;
  SELECT coalesce(' WITH (' || array_to_string(reloptions, ', ') || ')', '') INTO v_options
  FROM pg_class WHERE oid = v_old::regclass;
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (%I)',
    p_table, v_old, p_key);
  EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT%s', p_table || '_rest', p_table, v_options);
  -- Ids that are named after something begin with no time.
  EXECUTE format('WITH odd AS (DELETE FROM %I WHERE %I >= %L RETURNING *) INSERT INTO %I SELECT * FROM odd',
    v_old, p_key, months_bound(p_table, v_next), p_table || '_rest');
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
    p_table, v_old, months_bound(p_table, v_next));
END $$;

SELECT pg_temp.by_months('touches', 'id');
ALTER TABLE touches ADD CONSTRAINT touches_pkey PRIMARY KEY (program_id, id);
CREATE INDEX touches_program_id_visitor_id_occurred_at_idx ON touches (program_id, visitor_id, occurred_at);
ALTER TABLE touches ADD CONSTRAINT touches_program_id_link_id_fkey FOREIGN KEY (program_id, link_id)
  REFERENCES links (program_id, id) ON UPDATE CASCADE ON DELETE RESTRICT NOT ENFORCED;
GRANT SELECT, INSERT ON touches TO referral_app;
GRANT UPDATE (visitor_id, ip_hash, user_agent_hash, paid_click) ON touches TO referral_app;

-- A notice and its e-mail are of one moment: one statement writes both, and their months go together. The key
-- between them says so; it would forbid to move either to its month.
ALTER TABLE notice_emails DROP CONSTRAINT notice_emails_program_id_notice_id_fkey;
DROP TRIGGER notices_keep ON notices;
DROP TRIGGER notices_keep_merged ON notices;
ALTER TABLE notices DROP CONSTRAINT notices_pkey;
DROP INDEX notices_program_id_member_id_key_key;
SELECT pg_temp.by_months('notices', 'created_at');
ALTER TABLE notices ADD CONSTRAINT notices_pkey PRIMARY KEY (program_id, id, created_at);
CREATE INDEX notices_program_id_member_id_created_at_id_idx
  ON notices (program_id, member_id, created_at, id);
CREATE UNIQUE INDEX notices_program_id_member_id_key_created_at_key
  ON notices (program_id, member_id, key, created_at);
CREATE INDEX notices_unread ON notices (program_id, member_id) WHERE in_inbox AND read_at IS NULL;
ALTER TABLE notices ADD CONSTRAINT notices_program_id_member_id_fkey FOREIGN KEY (program_id, member_id)
  REFERENCES members (program_id, id) ON UPDATE CASCADE ON DELETE RESTRICT;
CREATE TRIGGER notices_keep BEFORE UPDATE ON notices FOR EACH ROW EXECUTE FUNCTION notices_keep();
CREATE TRIGGER notices_keep_merged BEFORE INSERT ON notices FOR EACH ROW
  EXECUTE FUNCTION members_keep_merged();
GRANT SELECT, INSERT, UPDATE, DELETE ON notices TO referral_app;

ALTER TABLE notice_emails DROP CONSTRAINT notice_emails_pkey;
DROP TRIGGER notice_emails_once ON notice_emails;
SELECT pg_temp.by_months('notice_emails', 'created_at');
ALTER TABLE notice_emails ADD CONSTRAINT notice_emails_pkey PRIMARY KEY (program_id, notice_id, created_at);
CREATE INDEX notice_emails_due ON notice_emails (due_at) WHERE state IN ('pending', 'sending');
CREATE INDEX notice_emails_in_doubt
  ON notice_emails (program_id, created_at, notice_id) WHERE state = 'in_doubt';
CREATE INDEX notice_emails_program_id_created_at_notice_id_idx
  ON notice_emails (program_id, created_at, notice_id);
CREATE INDEX notice_emails_program_id_member_id_claimed_at_idx
  ON notice_emails (program_id, member_id, claimed_at);
ALTER TABLE notice_emails ADD CONSTRAINT notice_emails_program_id_notice_id_created_at_fkey
  FOREIGN KEY (program_id, notice_id, created_at) REFERENCES notices (program_id, id, created_at)
  ON UPDATE CASCADE ON DELETE RESTRICT NOT ENFORCED;
CREATE TRIGGER notice_emails_once BEFORE UPDATE ON notice_emails
  FOR EACH ROW EXECUTE FUNCTION notice_emails_once();
GRANT SELECT, INSERT, UPDATE, DELETE ON notice_emails TO referral_app;

-- A message's key is kept when the message is gone.
CREATE TABLE "outbox_keys" (
    "program_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "outbox_id" BIGINT NOT NULL,

    CONSTRAINT "outbox_keys_pkey" PRIMARY KEY ("program_id", "key")
);
INSERT INTO outbox_keys SELECT program_id, key, id FROM outbox;
GRANT SELECT, INSERT ON outbox_keys TO referral_app;

-- Trigger outbox_once, before each insert into outbox: a message is told once, by its program and key, for as
-- long as the engine stands. Its key outlives the message, which goes with its month.
CREATE OR REPLACE FUNCTION outbox_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox_keys (program_id, key, outbox_id) VALUES (NEW.program_id, NEW.key, NEW.id)
  ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN NEW END;
END $$;

DROP FUNCTION webhook_wants;
DROP TRIGGER outbox_tell_members ON outbox;
DROP TRIGGER outbox_tell_endpoints ON outbox;
DROP TRIGGER outbox_tell_feeds ON outbox;
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey;
DROP INDEX outbox_program_id_key_key;
SELECT pg_temp.by_months('outbox', 'created_at');
ALTER SEQUENCE outbox_id_seq OWNED BY outbox.id;
ALTER TABLE outbox ADD CONSTRAINT outbox_pkey PRIMARY KEY (id, created_at);
CREATE INDEX outbox_program_id_id_idx ON outbox (program_id, id);
CREATE INDEX outbox_program_id_xid_id_idx ON outbox (program_id, xid, id);
CREATE INDEX outbox_created ON outbox USING brin (created_at);
-- webhook_wants(endpoint, message) returns whether a message of the outbox is for an endpoint of its
-- program: its type is among those that the endpoint takes, or the endpoint takes all. A ping is for the
-- endpoint that it names, whatever that one takes.
CREATE OR REPLACE FUNCTION webhook_wants(endpoint webhook_endpoints, message outbox) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN message.type = 'webhook.ping' THEN message.payload ->> 'endpointId' = endpoint.id::text
              ELSE cardinality(endpoint.types) = 0 OR message.type = ANY (endpoint.types) END
$$;

CREATE TRIGGER outbox_once BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_once();
CREATE TRIGGER outbox_tell_members AFTER INSERT ON outbox FOR EACH ROW WHEN (cardinality(NEW.members) > 0)
  EXECUTE FUNCTION outbox_tell_members();
CREATE TRIGGER outbox_tell_endpoints AFTER INSERT ON outbox
  FOR EACH ROW EXECUTE FUNCTION outbox_tell_endpoints();
CREATE TRIGGER outbox_tell_feeds AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_tell_feeds();
GRANT SELECT, INSERT, UPDATE ON outbox TO referral_app;

-- A hash of an event's key is kept when the event is gone.
CREATE TABLE "event_keys" (
    "program_id" UUID NOT NULL,
    "key_hash" UUID NOT NULL,
    "event_id" UUID NOT NULL,

    CONSTRAINT "event_keys_pkey" PRIMARY KEY ("program_id", "key_hash")
);

-- What is kept of an event's key when the event is gone: the first half of its SHA-256, which tells keys
-- apart as surely, and says no word of them.
--
-- Takes: the key. Returns: the hash, written as a UUID. It is stable, as `convert_to` is: an immutable one
-- would be called for each row instead of written out, which takes four times as long.
CREATE OR REPLACE FUNCTION event_key_hash(p_key text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(p_key, 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- Trigger events_once, after each insert into events: the statement is refused when one of its events has no
-- key, or one that another event took. Who stores events takes their keys in the same statement, and stores
-- those whose key was free. A hash of the key outlives the event, which goes with its month: so an event is
-- taken once, by its program and key, for as long as the engine stands.
CREATE OR REPLACE FUNCTION events_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM stored s WHERE NOT EXISTS (
      SELECT FROM event_keys k
      WHERE k.program_id = s.program_id AND k.key_hash = event_key_hash(s.key) AND k.event_id = s.id))
  THEN
    RAISE unique_violation USING TABLE = 'event_keys', MESSAGE = 'an event must hold its key';
  END IF;
  RETURN NULL;
END $$;

INSERT INTO event_keys SELECT program_id, event_key_hash(key), id FROM events;
GRANT SELECT, INSERT ON event_keys TO referral_app;

ALTER TABLE event_orders DROP CONSTRAINT event_orders_program_id_event_id_fkey;
ALTER TABLE event_rates DROP CONSTRAINT event_rates_program_id_event_id_fkey;
DROP INDEX events_program_id_key_key;
SELECT pg_temp.by_months('events', 'id');
ALTER SEQUENCE events_seq_seq OWNED BY events.seq;
ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (program_id, id);
CREATE INDEX events_program_id_key_idx ON events (program_id, key);
CREATE INDEX events_program_id_seq_idx ON events (program_id, seq);
CREATE INDEX events_program_id_subject_seq_idx ON events (program_id, subject, seq);
CREATE INDEX events_commands ON events (program_id, workflow_id) WHERE key LIKE 'command:%';
CREATE INDEX events_member_pending ON events (workflow_id)
  WHERE state = 'pending' AND workflow_id LIKE 'member-%';
CREATE INDEX events_parked ON events (program_id, seq) WHERE state IN ('parked', 'unmatched');
CREATE INDEX events_refunds ON events (program_id, refund_of) WHERE refund_of IS NOT NULL;
CREATE INDEX events_signups ON events (program_id, subject, seq) WHERE type = 'signup';
CREATE INDEX events_survey_answers ON events (program_id, workflow_id)
  WHERE type = 'survey.answered' AND state IN ('pending', 'waiting', 'delivered');
CREATE INDEX events_turns ON events (event_rank(type, awaited), program_id, due_at)
  WHERE state IN ('pending', 'waiting', 'delivered');
CREATE INDEX events_unsent ON events (program_id, subject) WHERE state IN ('pending', 'waiting');
-- What an order or a rate says of an event is kept when the event is gone.
ALTER TABLE event_orders ADD CONSTRAINT event_orders_program_id_event_id_fkey
  FOREIGN KEY (program_id, event_id) REFERENCES events (program_id, id)
  ON DELETE RESTRICT ON UPDATE CASCADE NOT ENFORCED;
ALTER TABLE event_rates ADD CONSTRAINT event_rates_program_id_event_id_fkey
  FOREIGN KEY (program_id, event_id) REFERENCES events (program_id, id)
  ON DELETE RESTRICT ON UPDATE CASCADE NOT ENFORCED;
CREATE TRIGGER events_once AFTER INSERT ON events REFERENCING NEW TABLE AS stored
  FOR EACH STATEMENT EXECUTE FUNCTION events_once();
GRANT SELECT, INSERT, UPDATE ON events TO referral_app;

-- Trigger outbox_tell_members, after each insert into outbox of a message that names members: stores a
-- `member.told` event for each of them, so that the message reaches the member's workflow. The trigger does
-- it so that no writer of the outbox can forget it. It costs a program whose policy has nothing for members
-- one look at its row.
CREATE OR REPLACE FUNCTION outbox_tell_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH told AS MATERIALIZED (
    SELECT member, uuidv7() AS id, 'told:' || member || ':' || NEW.key AS key FROM unnest(NEW.members) member
    WHERE EXISTS (SELECT 1 FROM programs WHERE id = NEW.program_id AND engages)
  ), taken AS (
    INSERT INTO event_keys (program_id, key_hash, event_id)
    SELECT NEW.program_id, event_key_hash(key), id FROM told ORDER BY 2
    ON CONFLICT DO NOTHING RETURNING event_id
  )
  INSERT INTO events (program_id, id, key, request_hash, type, payload, occurred_at, workflow_id)
  SELECT NEW.program_id, id, key, encode(sha256(convert_to(NEW.key, 'UTF8')), 'hex'),
    'member.told', jsonb_build_object('message', NEW.key), now(), 'member-' || member
  FROM told JOIN taken ON event_id = id;
  RETURN NULL;
END $$;


SELECT months_open();
-- Now that all is made, it looks at what the tables hold.
SELECT months_open();
