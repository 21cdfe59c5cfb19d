-- Trigger coupon_codes_keep_shown, before each update of coupon_codes: a code that a member has seen stays
-- with that redemption.
--
-- Raises: restrict_violation, when the update would give such a code to another redemption or to none.
CREATE OR REPLACE FUNCTION coupon_keep_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.shown_at IS NOT NULL AND NEW.redemption_id IS DISTINCT FROM OLD.redemption_id THEN
    RAISE EXCEPTION 'coupon % was shown', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
