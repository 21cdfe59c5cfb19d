-- CreateIndex
CREATE INDEX "member_points_by_lifetime" ON "member_points"("program_id", "unit", "lifetime_minor" DESC, "member_id" DESC);
