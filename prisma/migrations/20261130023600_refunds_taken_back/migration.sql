-- A refund that failed after it had succeeded, or whose dispute was won after all, takes nothing any more.
ALTER TABLE "billing_refunds" ADD COLUMN "is_taken_back" BOOLEAN NOT NULL DEFAULT false;
