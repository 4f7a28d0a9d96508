-- Where the log is streamed to, and how far it has come there.
CREATE TYPE "sink_kind" AS ENUM ('webhook', 'syslog', 'file', 'stdout');
CREATE TABLE "sink" (
    "id" UUID NOT NULL,
    "kind" "sink_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "secret" BYTEA,
    "position" BIGINT NOT NULL,
    "skip" INTEGER NOT NULL DEFAULT 0,
    "batch" INTEGER NOT NULL DEFAULT 0,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "next_try_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "delivered_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sink_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sink_name_key_key" ON "sink"("name_key");

CREATE TABLE "sink_dead_letter" (
    "id" UUID NOT NULL,
    "sink_id" UUID NOT NULL,
    "position" BIGINT NOT NULL,
    "skip" INTEGER NOT NULL,
    "batch" INTEGER NOT NULL,
    "error" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sink_dead_letter_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sink_dead_letter_sink_id_position_skip_key" ON "sink_dead_letter"("sink_id", "position", "skip");
ALTER TABLE "sink_dead_letter" ADD CONSTRAINT "sink_dead_letter_sink_id_fkey"
  FOREIGN KEY ("sink_id") REFERENCES "sink"("id") ON DELETE CASCADE ON UPDATE CASCADE;
