-- CreateEnum
CREATE TYPE "board_metric" AS ENUM ('qualified_referrals', 'revenue');

-- CreateEnum
CREATE TYPE "board_period" AS ENUM ('all_time', 'month', 'week', 'season');

-- AlterTable
ALTER TABLE "members" ADD COLUMN     "display_name" TEXT;

-- CreateTable
CREATE TABLE "boards" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "metric" "board_metric" NOT NULL,
    "unit" TEXT,
    "period" "board_period" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "boards_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "board_windows" (
    "program_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "board_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT,
    "starts_at" TIMESTAMPTZ(3),
    "ends_at" TIMESTAMPTZ(3),
    "closes_at" TIMESTAMPTZ(3),
    "prizes" JSONB NOT NULL DEFAULT '[]',
    "closed_at" TIMESTAMPTZ(3),
    "frozen_at" TIMESTAMPTZ(3),
    "awarded_at" TIMESTAMPTZ(3),
    "snapshot_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "board_windows_pkey" PRIMARY KEY ("program_id","id")
);

-- CreateTable
CREATE TABLE "board_scores" (
    "program_id" UUID NOT NULL,
    "window_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "score" BIGINT NOT NULL,
    "earliness" BIGINT NOT NULL,

    CONSTRAINT "board_scores_pkey" PRIMARY KEY ("program_id","window_id","member_id")
);

-- CreateTable
CREATE TABLE "board_moves" (
    "id" BIGSERIAL NOT NULL,
    "window_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "was_score" BIGINT NOT NULL,
    "was_earliness" BIGINT NOT NULL,
    "score" BIGINT NOT NULL,
    "earliness" BIGINT NOT NULL,

    CONSTRAINT "board_moves_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "board_blocks" (
    "window_id" UUID NOT NULL,
    "level" SMALLINT NOT NULL,
    "score" BIGINT NOT NULL,
    "earliness" BIGINT NOT NULL,
    "member_id" UUID NOT NULL,
    "members" BIGINT NOT NULL,

    CONSTRAINT "board_blocks_pkey" PRIMARY KEY ("window_id","level","score","earliness","member_id")
);

-- CreateTable
CREATE TABLE "board_trends" (
    "window_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "rank" BIGINT NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "board_trends_pkey" PRIMARY KEY ("window_id","member_id")
);

-- CreateTable
CREATE TABLE "season_standings" (
    "program_id" UUID NOT NULL,
    "window_id" UUID NOT NULL,
    "rank" BIGINT NOT NULL,
    "member_id" UUID NOT NULL,
    "score" BIGINT NOT NULL,
    "reached_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "season_standings_pkey" PRIMARY KEY ("program_id","window_id","rank")
);

-- CreateTable
CREATE TABLE "season_awards" (
    "program_id" UUID NOT NULL,
    "window_id" UUID NOT NULL,
    "rank" BIGINT NOT NULL,
    "member_id" UUID NOT NULL,
    "kind" "benefit_kind" NOT NULL,
    "label" TEXT,
    "unit" TEXT,
    "amount_minor" BIGINT NOT NULL DEFAULT 0,
    "awarded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "season_awards_pkey" PRIMARY KEY ("program_id","window_id","rank")
);

-- CreateTable
CREATE TABLE "board_late_changes" (
    "id" BIGSERIAL NOT NULL,
    "program_id" UUID NOT NULL,
    "window_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "amount" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "board_late_changes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "boards_program_id_slug_key" ON "boards"("program_id", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "board_windows_program_id_board_id_key_key" ON "board_windows"("program_id", "board_id", "key");

-- CreateIndex
CREATE INDEX "board_scores_window_id_score_earliness_member_id_idx" ON "board_scores"("window_id", "score", "earliness", "member_id");

-- CreateIndex
CREATE INDEX "board_moves_window_id_idx" ON "board_moves"("window_id");

-- CreateIndex
CREATE UNIQUE INDEX "season_standings_program_id_window_id_member_id_key" ON "season_standings"("program_id", "window_id", "member_id");

-- CreateIndex
CREATE INDEX "season_awards_program_id_member_id_idx" ON "season_awards"("program_id", "member_id");

-- CreateIndex
CREATE INDEX "board_late_changes_program_id_window_id_id_idx" ON "board_late_changes"("program_id", "window_id", "id");

-- AddForeignKey
ALTER TABLE "boards" ADD CONSTRAINT "boards_program_id_fkey" FOREIGN KEY ("program_id") REFERENCES "programs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "board_windows" ADD CONSTRAINT "board_windows_program_id_board_id_fkey" FOREIGN KEY ("program_id", "board_id") REFERENCES "boards"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "board_scores" ADD CONSTRAINT "board_scores_program_id_window_id_fkey" FOREIGN KEY ("program_id", "window_id") REFERENCES "board_windows"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "board_scores" ADD CONSTRAINT "board_scores_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "season_standings" ADD CONSTRAINT "season_standings_program_id_window_id_fkey" FOREIGN KEY ("program_id", "window_id") REFERENCES "board_windows"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "season_standings" ADD CONSTRAINT "season_standings_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "season_awards" ADD CONSTRAINT "season_awards_program_id_window_id_fkey" FOREIGN KEY ("program_id", "window_id") REFERENCES "board_windows"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "season_awards" ADD CONSTRAINT "season_awards_program_id_member_id_fkey" FOREIGN KEY ("program_id", "member_id") REFERENCES "members"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "board_late_changes" ADD CONSTRAINT "board_late_changes_program_id_window_id_fkey" FOREIGN KEY ("program_id", "window_id") REFERENCES "board_windows"("program_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say: value checks, rows that nobody may change, the functions, rights.

ALTER TABLE boards ADD CONSTRAINT boards_revenue_has_unit CHECK ((metric = 'revenue') = (unit IS NOT NULL));
ALTER TABLE board_windows
  ADD CONSTRAINT board_windows_in_order CHECK (starts_at < ends_at AND ends_at <= closes_at),
  ADD CONSTRAINT board_windows_steps CHECK (
    (frozen_at IS NULL OR closed_at IS NOT NULL) AND (awarded_at IS NULL OR closed_at IS NOT NULL));
ALTER TABLE board_scores ADD CONSTRAINT board_scores_not_negative CHECK (score >= 0);
ALTER TABLE board_blocks ADD CONSTRAINT board_blocks_level CHECK (level IN (1, 2));
ALTER TABLE season_awards ADD CONSTRAINT season_awards_credit_has_unit CHECK ((kind = 'credit') = (unit IS NOT NULL));
ALTER TABLE members ADD CONSTRAINT members_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 40);

CREATE INDEX board_windows_closing ON board_windows (closes_at) WHERE awarded_at IS NULL;
-- Scores are rewritten often; the counts of blocks, few and hot, more often still.
ALTER TABLE board_blocks SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE board_moves SET (autovacuum_vacuum_scale_factor = 0.05);

CREATE TRIGGER season_standings_append_only BEFORE UPDATE OR DELETE ON season_standings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER season_standings_no_truncate BEFORE TRUNCATE ON season_standings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER season_awards_append_only BEFORE UPDATE OR DELETE ON season_awards FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER season_awards_no_truncate BEFORE TRUNCATE ON season_awards FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER board_late_changes_append_only BEFORE UPDATE OR DELETE ON board_late_changes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER board_late_changes_no_truncate BEFORE TRUNCATE ON board_late_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A window that is closed stays closed.
CREATE FUNCTION board_keep_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL AND (NEW.closed_at IS DISTINCT FROM OLD.closed_at OR NEW.starts_at IS DISTINCT FROM OLD.starts_at
     OR NEW.ends_at IS DISTINCT FROM OLD.ends_at OR NEW.prizes IS DISTINCT FROM OLD.prizes) THEN
    RAISE EXCEPTION 'window % is closed', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER board_windows_keep_closed BEFORE UPDATE ON board_windows FOR EACH ROW EXECUTE FUNCTION board_keep_closed();

-- The key of the advisory lock that scores of a window share and its close takes alone.
CREATE FUNCTION board_lock_key(p_window uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT hashtextextended('board_window ' || p_window::text, 0)
$$;

-- Moves a member's scores: one change a window, [{id, board, key, starts_at, ends_at, closes_at, by, at_ms}]. The caller has the
-- member's row locked, so that nobody else moves them meanwhile, and shares no other row with anybody. A window is made
-- when it is first scored in; one that is closed keeps its scores, and the change is written down as late.
-- Gives the windows whose moves are due to be counted.
CREATE FUNCTION board_score(p_program uuid, p_member uuid, p_changes jsonb) RETURNS uuid[] LANGUAGE plpgsql AS $$
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
    INSERT INTO board_scores AS s (program_id, window_id, member_id, score, earliness)
    SELECT p_program, a.id, p_member, greatest(0, coalesce(b.score, 0) + a.by), least(b.earliness, -a.at_ms)
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

-- Divides a block of level 1 into blocks of 256 members, counting anew what lies in it.
CREATE FUNCTION board_split(p_window uuid, p_score bigint, p_earliness bigint, p_member uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_next board_blocks;
BEGIN
  SELECT * INTO v_next FROM board_blocks
  WHERE window_id = p_window AND level = 1 AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
  ORDER BY score, earliness, member_id LIMIT 1;
  WITH inside AS (
    SELECT s.score, s.earliness, s.member_id, (row_number() OVER (ORDER BY s.score, s.earliness, s.member_id) - 1) / 256 AS part
    FROM board_scores s
    WHERE s.window_id = p_window AND s.score > 0 AND (s.score, s.earliness, s.member_id) >= (p_score, p_earliness, p_member)
      AND (v_next.window_id IS NULL OR (s.score, s.earliness, s.member_id) < (v_next.score, v_next.earliness, v_next.member_id))
  ), parts AS (
    SELECT DISTINCT ON (part) part, score, earliness, member_id, count(*) OVER (PARTITION BY part) AS members
    FROM inside ORDER BY part, score, earliness, member_id
  )
  INSERT INTO board_blocks AS b (window_id, level, score, earliness, member_id, members)
  SELECT p_window, 1, CASE WHEN part = 0 THEN p_score ELSE score END, CASE WHEN part = 0 THEN p_earliness ELSE earliness END,
         CASE WHEN part = 0 THEN p_member ELSE member_id END, members
  FROM parts
  ON CONFLICT (window_id, level, score, earliness, member_id) DO UPDATE SET members = excluded.members;
END $$;

-- The same for level 2: groups of 64 blocks of level 1.
CREATE FUNCTION board_split_group(p_window uuid, p_score bigint, p_earliness bigint, p_member uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_next board_blocks;
BEGIN
  SELECT * INTO v_next FROM board_blocks
  WHERE window_id = p_window AND level = 2 AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
  ORDER BY score, earliness, member_id LIMIT 1;
  INSERT INTO board_blocks AS b (window_id, level, score, earliness, member_id, members)
  SELECT DISTINCT ON (part) p_window, 2, score, earliness, member_id, sum(members) OVER (PARTITION BY part)
  FROM (
    SELECT *, (row_number() OVER (ORDER BY score, earliness, member_id) - 1) / 64 AS part FROM board_blocks
    WHERE window_id = p_window AND level = 1 AND (score, earliness, member_id) >= (p_score, p_earliness, p_member)
      AND (v_next.window_id IS NULL OR (score, earliness, member_id) < (v_next.score, v_next.earliness, v_next.member_id))
  ) inside
  ORDER BY part, score, earliness, member_id
  ON CONFLICT (window_id, level, score, earliness, member_id) DO UPDATE SET members = excluded.members;
END $$;

-- The blocks that every window has: from the worst key there can be.
CREATE FUNCTION board_bottom(p_window uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO board_blocks (window_id, level, score, earliness, member_id, members)
  SELECT p_window, level, 0, -9223372036854775807, '00000000-0000-0000-0000-000000000000', 0 FROM (VALUES (1), (2)) AS l (level)
  ON CONFLICT DO NOTHING
$$;

-- Takes the moves of a window into its blocks. One at a time; whoever comes second leaves it to the first.
-- Wants REPEATABLE READ: scores, moves and counts must be of one moment. Gives how many moves it took.
CREATE FUNCTION board_fold(p_window uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE v_taken integer; v_block board_blocks;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('board_fold ' || p_window::text, 0)) THEN RETURN 0; END IF;
  PERFORM board_bottom(p_window);
  WITH taken AS (
    DELETE FROM board_moves WHERE window_id = p_window RETURNING *
  ), ends AS (
    SELECT was_score AS score, was_earliness AS earliness, member_id, -1 AS by FROM taken WHERE was_score > 0
    UNION ALL SELECT score, earliness, member_id, 1 FROM taken WHERE score > 0
  ), placed AS (
    SELECT l.level, b.score, b.earliness, b.member_id, sum(e.by) AS by
    FROM ends e CROSS JOIN (VALUES (1::smallint), (2::smallint)) AS l (level) CROSS JOIN LATERAL (
      SELECT score, earliness, member_id FROM board_blocks
      WHERE window_id = p_window AND level = l.level AND (score, earliness, member_id) <= (e.score, e.earliness, e.member_id)
      ORDER BY score DESC, earliness DESC, member_id DESC LIMIT 1) b
    GROUP BY 1, 2, 3, 4
  ), counted AS (
    UPDATE board_blocks b SET members = b.members + p.by FROM placed p
    WHERE p.by <> 0 AND b.window_id = p_window AND b.level = p.level
      AND b.score = p.score AND b.earliness = p.earliness AND b.member_id = p.member_id
  )
  SELECT count(*) INTO v_taken FROM taken;
  IF v_taken = 0 THEN RETURN 0; END IF;
  FOR v_block IN SELECT * FROM board_blocks WHERE window_id = p_window AND level = 1 AND members > 512 LOOP
    PERFORM board_split(p_window, v_block.score, v_block.earliness, v_block.member_id);
  END LOOP;
  FOR v_block IN SELECT * FROM board_blocks WHERE window_id = p_window AND level = 2 AND members > 32768 LOOP
    PERFORM board_split_group(p_window, v_block.score, v_block.earliness, v_block.member_id);
  END LOOP;
  RETURN v_taken;
END $$;

-- Makes a window's blocks anew from its scores. Wants REPEATABLE READ, as board_fold does. Gives how many members are ranked.
CREATE FUNCTION board_rebuild(p_window uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_members bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('board_fold ' || p_window::text, 0)) THEN RETURN NULL; END IF;
  DELETE FROM board_moves WHERE window_id = p_window;
  DELETE FROM board_blocks WHERE window_id = p_window;
  PERFORM board_bottom(p_window);
  PERFORM board_split(p_window, 0, -9223372036854775807, '00000000-0000-0000-0000-000000000000');
  PERFORM board_split_group(p_window, 0, -9223372036854775807, '00000000-0000-0000-0000-000000000000');
  SELECT sum(members) INTO v_members FROM board_blocks WHERE window_id = p_window AND level = 2;
  RETURN v_members;
END $$;

-- How many members are ranked, those of moves not yet counted included.
CREATE FUNCTION board_members(p_window uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT sum(members) FROM board_blocks WHERE window_id = p_window AND level = 2), 0)::bigint
       + coalesce((SELECT sum((score > 0)::int - (was_score > 0)::int) FROM board_moves WHERE window_id = p_window), 0)::bigint
$$;

-- The rank of a key: 1 and whoever is above. Groups above, blocks above in its group, members above in its block; and since
-- blocks do not know of moves yet, those from above its block. Reads a few hundred short rows whatever the board's size.
CREATE FUNCTION board_rank(p_window uuid, p_score bigint, p_earliness bigint, p_member uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_group_s bigint := 9223372036854775807; v_group_e bigint := 9223372036854775807; v_group_m uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  v_block_s bigint; v_block_e bigint; v_block_m uuid; v_groups bigint; v_blocks bigint; v_members bigint; v_moves bigint;
BEGIN
  SELECT score, earliness, member_id INTO v_block_s, v_block_e, v_block_m FROM board_blocks
  WHERE window_id = p_window AND level = 2 AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
  ORDER BY score, earliness, member_id LIMIT 1;
  IF FOUND THEN v_group_s := v_block_s; v_group_e := v_block_e; v_group_m := v_block_m; END IF;
  SELECT coalesce(sum(members), 0) INTO v_groups FROM board_blocks
  WHERE window_id = p_window AND level = 2 AND (score, earliness, member_id) >= (v_group_s, v_group_e, v_group_m);
  SELECT score, earliness, member_id INTO v_block_s, v_block_e, v_block_m FROM board_blocks
  WHERE window_id = p_window AND level = 1 AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
  ORDER BY score, earliness, member_id LIMIT 1;
  IF NOT FOUND THEN v_block_s := v_group_s; v_block_e := v_group_e; v_block_m := v_group_m; END IF;
  SELECT coalesce(sum(members), 0) INTO v_blocks FROM board_blocks
  WHERE window_id = p_window AND level = 1 AND (score, earliness, member_id) >= (v_block_s, v_block_e, v_block_m)
    AND (score, earliness, member_id) < (v_group_s, v_group_e, v_group_m);
  SELECT count(*) INTO v_members FROM board_scores
  WHERE window_id = p_window AND (score, earliness, member_id) > (p_score, p_earliness, p_member)
    AND (score, earliness, member_id) < (v_block_s, v_block_e, v_block_m);
  SELECT coalesce(sum(((score, earliness, member_id) >= (v_block_s, v_block_e, v_block_m))::int
                    - ((was_score, was_earliness, member_id) >= (v_block_s, v_block_e, v_block_m))::int), 0) INTO v_moves
  FROM board_moves WHERE window_id = p_window;
  RETURN 1 + v_groups + v_blocks + v_members + v_moves;
END $$;

GRANT SELECT, INSERT, UPDATE ON boards, board_windows, board_scores, board_trends TO referral_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON board_blocks TO referral_app;
GRANT SELECT, INSERT, DELETE ON board_moves TO referral_app;
GRANT SELECT, INSERT ON season_standings, season_awards, board_late_changes TO referral_app;
GRANT USAGE ON SEQUENCE board_moves_id_seq, board_late_changes_id_seq TO referral_app;
