-- Where a click came from, so that clicks can be counted by it. Earlier clicks say nothing.
ALTER TABLE "touches" ADD COLUMN "source" TEXT;
