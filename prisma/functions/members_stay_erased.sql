-- Trigger members_stay_erased, before each update of a member who is erased: nobody gets a name, an address
-- or an id again, whatever comes late. Counts may move.
--
-- Raises: serialization_failure; a later try finds that the member is erased.
CREATE OR REPLACE FUNCTION members_stay_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.external_id, NEW.host_id, NEW.email, NEW.email_key, NEW.referral_code, NEW.locale, NEW.time_zone,
      NEW.display_name, NEW.blocked_at IS NULL, NEW.erased_at)
    IS DISTINCT FROM
    (OLD.external_id, OLD.host_id, OLD.email, OLD.email_key, OLD.referral_code, OLD.locale, OLD.time_zone,
      OLD.display_name, false, OLD.erased_at) THEN
    RAISE EXCEPTION 'member % is erased', OLD.id USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;
