-- Which command of an operator holds a reward, and which took it back, so that each says why.
ALTER TABLE "rewards" ADD COLUMN "held_by" UUID, ADD COLUMN "taken_back_by" UUID;
