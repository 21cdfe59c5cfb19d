-- Triggers `<table>_append_only` (before each update or delete) and `<table>_no_truncate`: rows are added and
-- never changed in policy_versions, audit_log, badge_credentials, season_standings, season_awards, rates,
-- event_rates and board_late_changes. milestone_awards uses it against TRUNCATE alone.
--
-- Raises: restrict_violation, always.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
