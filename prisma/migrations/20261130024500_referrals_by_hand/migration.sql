-- Which command of an operator cancelled, attributed or moved a referral last, so that it says why.
ALTER TABLE "referrals" ADD COLUMN "corrected_by" UUID;
