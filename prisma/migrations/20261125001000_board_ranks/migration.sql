-- Ranks in fewer reads: one level of blocks, each of which knows how many members are above it, and names beside the scores.

-- AlterTable
ALTER TABLE "board_scores" ADD COLUMN     "display_name" TEXT;

-- Of two levels of blocks the finer one stays.
DELETE FROM board_blocks WHERE level = 2;

-- AlterTable
ALTER TABLE "board_blocks" DROP CONSTRAINT "board_blocks_pkey",
DROP COLUMN "level",
ADD COLUMN     "above" BIGINT NOT NULL DEFAULT 0,
ADD CONSTRAINT "board_blocks_pkey" PRIMARY KEY ("window_id", "score", "earliness", "member_id");

-- What Prisma's schema cannot say.

-- A snapshot replaces the one before, so that every row that there is counts.
GRANT DELETE ON board_trends TO referral_app;
DELETE FROM board_trends t USING board_windows w WHERE w.id = t.window_id AND t.taken_at IS DISTINCT FROM w.snapshot_at;

-- The name beside a score is that of the member: board_score takes it over, and a change of it is taken to every window.
UPDATE board_scores s SET display_name = m.display_name FROM members m
WHERE m.program_id = s.program_id AND m.id = s.member_id AND m.display_name IS NOT NULL;

CREATE FUNCTION board_rename() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE board_scores SET display_name = NEW.display_name
  WHERE program_id = NEW.program_id AND member_id = NEW.id
    AND window_id IN (SELECT id FROM board_windows WHERE program_id = NEW.program_id);
  RETURN NULL;
END $$;
CREATE TRIGGER members_rename AFTER UPDATE OF display_name ON members FOR EACH ROW
  WHEN (NEW.display_name IS DISTINCT FROM OLD.display_name) EXECUTE FUNCTION board_rename();

-- Moves a member's scores: one change a window, [{id, board, key, starts_at, ends_at, closes_at, by, at_ms}]. The caller has the
-- member's row locked, so that nobody else moves them or changes the name meanwhile, and shares no other row with anybody. A
-- window is made when it is first scored in; one that is closed keeps its scores, and the change is written down as late.
-- Gives the windows whose moves are due to be counted.
CREATE OR REPLACE FUNCTION board_score(p_program uuid, p_member uuid, p_changes jsonb) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE v_due uuid[];
BEGIN
  INSERT INTO board_windows (program_id, id, board_id, key, starts_at, ends_at, closes_at)
  SELECT p_program, c.id, c.board, c.key, c.starts_at, c.ends_at, c.closes_at
  FROM jsonb_to_recordset(p_changes) AS c(id uuid, board uuid, key text, starts_at timestamptz, ends_at timestamptz, closes_at timestamptz)
  WHERE NOT EXISTS (SELECT 1 FROM board_windows w WHERE w.program_id = p_program AND w.id = c.id)
  ORDER BY c.id
  ON CONFLICT DO NOTHING;
  -- Before the next statement looks whether they are closed.
  PERFORM pg_advisory_xact_lock_shared(board_lock_key(c.id)) FROM jsonb_to_recordset(p_changes) AS c(id uuid, closes_at timestamptz)
  WHERE c.closes_at IS NOT NULL;
  WITH asked AS (
    SELECT w.id, c.by, c.at_ms, w.closed_at IS NOT NULL AS closed
    FROM jsonb_to_recordset(p_changes) AS c(id uuid, by bigint, at_ms bigint)
    JOIN board_windows w ON w.program_id = p_program AND w.id = c.id
  ), late AS (
    INSERT INTO board_late_changes (program_id, window_id, member_id, amount, occurred_at)
    SELECT p_program, id, p_member, by, to_timestamp(at_ms / 1000.0) FROM asked WHERE closed
  ), before AS (
    SELECT s.window_id, s.score, s.earliness
    FROM asked a JOIN board_scores s ON s.program_id = p_program AND s.window_id = a.id AND s.member_id = p_member
  ), written AS (
    INSERT INTO board_scores AS s (program_id, window_id, member_id, score, earliness, display_name)
    SELECT p_program, a.id, p_member, greatest(0, coalesce(b.score, 0) + a.by), least(b.earliness, -a.at_ms),
           CASE WHEN b.window_id IS NULL THEN (SELECT display_name FROM members WHERE program_id = p_program AND id = p_member) END
    FROM asked a LEFT JOIN before b ON b.window_id = a.id WHERE NOT a.closed
    ON CONFLICT (program_id, window_id, member_id) DO UPDATE SET score = excluded.score, earliness = excluded.earliness
    RETURNING s.window_id, s.score, s.earliness
  ), moved AS (
    INSERT INTO board_moves (window_id, member_id, was_score, was_earliness, score, earliness)
    SELECT w.window_id, p_member, coalesce(b.score, 0), coalesce(b.earliness, 0), w.score, w.earliness
    FROM written w LEFT JOIN before b ON b.window_id = w.window_id
    RETURNING id, window_id
  )
  SELECT array_agg(window_id) INTO v_due FROM moved WHERE id % 256 = 0;
  RETURN coalesce(v_due, '{}');
END $$;

-- Every window has a block from its beginning, from the worst key that can be ranked: a score of nothing is not.
UPDATE board_blocks SET score = 1 WHERE score = 0;

CREATE OR REPLACE FUNCTION board_bottom(p_window uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO board_blocks (window_id, score, earliness, member_id, members)
  VALUES (p_window, 1, -9223372036854775807, '00000000-0000-0000-0000-000000000000', 0)
  ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION board_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM board_bottom(NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER board_windows_begin AFTER INSERT ON board_windows FOR EACH ROW EXECUTE FUNCTION board_begin();

SELECT board_bottom(id) FROM board_windows;

-- Writes down for every block of a window how many members are above it.
CREATE FUNCTION board_add_up(p_window uuid) RETURNS void LANGUAGE sql AS $$
  UPDATE board_blocks b SET above = a.above
  FROM (SELECT score, earliness, member_id, (sum(members) OVER (ORDER BY score DESC, earliness DESC, member_id DESC))::bigint - members AS above
        FROM board_blocks WHERE window_id = p_window) a
  WHERE b.window_id = p_window AND b.score = a.score AND b.earliness = a.earliness AND b.member_id = a.member_id AND b.above <> a.above
$$;

SELECT board_add_up(id) FROM board_windows;

-- Divides a block into blocks of 256 members, counting anew what lies in it.
CREATE OR REPLACE FUNCTION board_split(p_window uuid, p_score bigint, p_earliness bigint, p_member uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_next board_blocks;
BEGIN
  SELECT * INTO v_next FROM board_blocks
  WHERE window_id = p_window AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
  ORDER BY score, earliness, member_id LIMIT 1;
  WITH inside AS (
    SELECT s.score, s.earliness, s.member_id, (row_number() OVER (ORDER BY s.score, s.earliness, s.member_id) - 1) / 256 AS part
    FROM board_scores s
    WHERE s.window_id = p_window AND (s.score, s.earliness, s.member_id) >= (p_score, p_earliness, p_member)
      AND (v_next.window_id IS NULL OR (s.score, s.earliness, s.member_id) < (v_next.score, v_next.earliness, v_next.member_id))
  ), parts AS (
    SELECT DISTINCT ON (part) part, score, earliness, member_id, count(*) OVER (PARTITION BY part) AS members
    FROM inside ORDER BY part, score, earliness, member_id
  )
  INSERT INTO board_blocks AS b (window_id, score, earliness, member_id, members)
  SELECT p_window, CASE WHEN part = 0 THEN p_score ELSE score END, CASE WHEN part = 0 THEN p_earliness ELSE earliness END,
         CASE WHEN part = 0 THEN p_member ELSE member_id END, members
  FROM parts
  ON CONFLICT (window_id, score, earliness, member_id) DO UPDATE SET members = excluded.members;
END $$;

DROP FUNCTION board_split_group;

-- Takes the moves of a window into its blocks. One at a time; whoever comes second leaves it to the first.
-- Wants REPEATABLE READ: scores, moves and counts must be of one moment. Gives how many moves it took.
CREATE OR REPLACE FUNCTION board_fold(p_window uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE v_taken integer; v_block board_blocks; v_divided boolean := false;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('board_fold ' || p_window::text, 0)) THEN RETURN 0; END IF;
  WITH taken AS (
    DELETE FROM board_moves WHERE window_id = p_window RETURNING *
  ), ends AS (
    SELECT was_score AS score, was_earliness AS earliness, member_id, -1 AS by FROM taken WHERE was_score > 0
    UNION ALL SELECT score, earliness, member_id, 1 FROM taken WHERE score > 0
  ), placed AS (
    SELECT b.score, b.earliness, b.member_id, sum(e.by)::int AS by
    FROM ends e CROSS JOIN LATERAL (
      SELECT score, earliness, member_id FROM board_blocks
      WHERE window_id = p_window AND (score, earliness, member_id) <= (e.score, e.earliness, e.member_id)
      ORDER BY score DESC, earliness DESC, member_id DESC LIMIT 1) b
    GROUP BY 1, 2, 3
  ), shifted AS (
    SELECT b.ctid, coalesce(p.by, 0) AS by,
           coalesce(sum(p.by) OVER (ORDER BY score DESC, earliness DESC, member_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS above_by
    FROM board_blocks b LEFT JOIN placed p USING (score, earliness, member_id) WHERE b.window_id = p_window
  ), counted AS (
    UPDATE board_blocks b SET members = b.members + s.by, above = b.above + s.above_by FROM shifted s
    WHERE b.ctid = s.ctid AND (s.by <> 0 OR s.above_by <> 0)
  )
  SELECT count(*) INTO v_taken FROM taken;
  IF v_taken = 0 THEN RETURN 0; END IF;
  FOR v_block IN SELECT * FROM board_blocks WHERE window_id = p_window AND members > 512 LOOP
    v_divided := true;
    PERFORM board_split(p_window, v_block.score, v_block.earliness, v_block.member_id);
  END LOOP;
  IF v_divided THEN PERFORM board_add_up(p_window); END IF;
  RETURN v_taken;
END $$;

-- Makes a window's blocks anew from its scores. Wants REPEATABLE READ, as board_fold does. Gives how many members are ranked.
CREATE OR REPLACE FUNCTION board_rebuild(p_window uuid) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('board_fold ' || p_window::text, 0)) THEN RETURN NULL; END IF;
  DELETE FROM board_moves WHERE window_id = p_window;
  DELETE FROM board_blocks WHERE window_id = p_window;
  PERFORM board_bottom(p_window);
  PERFORM board_split(p_window, 1, -9223372036854775807, '00000000-0000-0000-0000-000000000000');
  PERFORM board_add_up(p_window);
  RETURN board_members(p_window);
END $$;

-- How many members are ranked, those of moves not yet counted included: who is in the lowest block or above it.
CREATE OR REPLACE FUNCTION board_members(p_window uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT above + members FROM board_blocks WHERE window_id = p_window ORDER BY score, earliness, member_id LIMIT 1), 0)
       + coalesce((SELECT sum((score > 0)::int - (was_score > 0)::int) FROM board_moves WHERE window_id = p_window), 0)
$$;

-- Everybody above a key, one by one: where a block has grown far beyond its size and was not divided yet.
CREATE FUNCTION board_count_above(p_window uuid, p_score bigint, p_earliness bigint, p_member uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM board_scores WHERE window_id = p_window AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
$$;

-- The rank of a key: 1 and whoever is above. That is who is in its block or above it, but for those of its block who are no
-- better; and since blocks do not know of moves yet, those into and out of the block and what is above it. Reads one block and
-- a few hundred short rows whatever the board's size. A table, so that it becomes part of the query that asks; what it reads is
-- in order and has a limit, as PostgreSQL, which knows no key when it plans, would else take it for a large part of the board.
DROP FUNCTION board_rank;
CREATE FUNCTION board_rank(p_window uuid, p_score bigint, p_earliness bigint, p_member uuid) RETURNS TABLE (rank bigint) LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT 1 + CASE
    WHEN s.members = 1024 THEN board_count_above(p_window, p_score, p_earliness, p_member)
    ELSE b.from_here - s.members + m.by END
  FROM (SELECT score, earliness, member_id, above + members AS from_here FROM board_blocks
        WHERE window_id = p_window AND (score, earliness, member_id) <= (p_score, p_earliness, p_member)
        ORDER BY score DESC, earliness DESC, member_id DESC LIMIT 1) b
  CROSS JOIN LATERAL (
    SELECT count(*) AS members
    FROM (SELECT FROM board_scores
          WHERE window_id = p_window
            AND (score, earliness, member_id) <= (p_score, p_earliness, p_member) AND (score, earliness, member_id) >= (b.score, b.earliness, b.member_id)
          ORDER BY score DESC, earliness DESC, member_id DESC LIMIT 1024) of_block) s
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(((score, earliness, member_id) >= (b.score, b.earliness, b.member_id))::int
                      - ((was_score, was_earliness, member_id) >= (b.score, b.earliness, b.member_id))::int), 0) AS by
    FROM board_moves WHERE window_id = p_window) m
$$;
