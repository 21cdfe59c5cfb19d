-- Trigger notice_emails_once, before each update of notice_emails: a sent e-mail never changes again, and an
-- e-mail that somebody has begun to hand over is not begun a second time.
--
-- Raises: restrict_violation, when the update would do either.
CREATE OR REPLACE FUNCTION notice_emails_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'sent' THEN
    RAISE EXCEPTION 'the e-mail of notice % is sent', OLD.notice_id USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.begun_at IS NOT NULL AND NEW.begun_at IS NOT NULL AND NEW.begun_at <> OLD.begun_at THEN
    RAISE EXCEPTION 'the e-mail of notice % is begun', OLD.notice_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
