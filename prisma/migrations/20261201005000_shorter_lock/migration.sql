-- Copies what stays of a month of events (`events_needed`), while everybody reads and changes them; then
-- stops everybody, and copies once more what was changed meanwhile, such as by an erasure. Indexes are made
-- before, and what the partition must hold is proven by the constraint `bound`, so that nobody waits for
-- either. Which command counted which event is read before, too, as no command changes that: behind the lock
-- the month is gone through once, for what was changed. Whoever uses events holds their table and waits for
-- its partitions: so the table is locked, and not the partition first, which would be a deadlock.
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
  v_pairs text := p_part || '_pairs';
  v_changed uuid[];
  v_counted uuid[];
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)%s',
    v_kept, coalesce(v_options, ''));
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT bound CHECK (%s)', v_kept,
    pg_get_partition_constraintdef(p_part::regclass));
  EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE id IN (SELECT events_needed(%2$L))', v_kept, p_part);
  EXECUTE format($sql$
    CREATE UNLOGGED TABLE %1$I AS SELECT id, (payload->>'event')::uuid AS event FROM %2$I
    WHERE type = 'member.acted'$sql$, v_pairs, p_part);
  EXECUTE format('CREATE INDEX ON %I (event)', v_pairs);
  LOCK TABLE ONLY events IN ACCESS EXCLUSIVE MODE;
  EXECUTE format($sql$
    SELECT array_agg(id), array_agg((payload->>'event')::uuid) FILTER (WHERE type = 'member.acted')
    FROM %I WHERE age(xmin) <= age($1)
    $sql$, p_part) INTO v_changed, v_counted USING v_since;
  IF v_changed IS NOT NULL THEN
    -- An event and the command that counted it are judged together, whichever of them was changed. A command
    -- that came after the pairs were read is itself among what was changed.
    EXECUTE format('SELECT $1 || $2 || ARRAY(SELECT id FROM %I WHERE event = ANY ($1))', v_pairs)
      INTO v_changed USING v_changed, v_counted;
    EXECUTE format('DELETE FROM %I WHERE id = ANY ($1)', v_kept) USING v_changed;
    EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE id IN (SELECT events_needed(%2$L, $1))',
      v_kept, p_part) USING v_changed;
  END IF;
  EXECUTE format('DROP TABLE %I', v_pairs);
  RETURN v_kept;
END $$;
