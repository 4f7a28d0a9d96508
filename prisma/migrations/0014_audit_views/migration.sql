-- How much happened when (lib/audit/activity): for everybody and for each person whom it concerns. Can be made again from the log.
CREATE TABLE "audit_activity" (
    "subject_id" UUID NOT NULL,
    "step" SMALLINT NOT NULL,
    "start" TIMESTAMPTZ(0) NOT NULL,
    "event" TEXT NOT NULL,
    "ok" BIGINT NOT NULL,
    "refused" BIGINT NOT NULL,

    CONSTRAINT "audit_activity_pkey" PRIMARY KEY ("subject_id", "step", "start", "event")
);

CREATE INDEX "audit_activity_step_start_idx" ON "audit_activity"("step", "start");

-- The rows of the current minute and hour change every second: room on their pages keeps those changes out of the indexes.
ALTER TABLE "audit_activity" SET (fillfactor = 80);

-- Filters and columns of the log's page under a name.
CREATE TABLE "audit_view" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "shared" BOOLEAN NOT NULL,
    "query" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_view_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "audit_view_owner_id_name_key_key" ON "audit_view"("owner_id", "name_key");
CREATE INDEX "audit_view_shared_idx" ON "audit_view"("id") WHERE (shared);

ALTER TABLE "audit_view" ADD CONSTRAINT "audit_view_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
