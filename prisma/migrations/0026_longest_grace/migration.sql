-- How long a replaced value may go on working at most; 0: not at all.
ALTER TABLE "policy" ADD COLUMN "longest_grace_hours" INTEGER NOT NULL DEFAULT 24;
