-- How a batch is paid in the format of another provider, fixed when it is made. Earlier batches have none.
ALTER TABLE "payout_batches" ADD COLUMN "payment" JSONB;
