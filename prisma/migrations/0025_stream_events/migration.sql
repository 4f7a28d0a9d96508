-- Which events a stream sends; those that there are send all, and so did the batches that were refused.
ALTER TABLE "sink" ADD COLUMN "events" TEXT NOT NULL DEFAULT 'everything';
ALTER TABLE "sink_dead_letter" ADD COLUMN "events" TEXT NOT NULL DEFAULT 'everything';
