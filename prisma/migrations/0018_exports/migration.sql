-- Exports of the log that are made in the background, and their files in parts: what all instances share is this database.
CREATE TYPE "export_state" AS ENUM ('queued', 'running', 'done', 'failed', 'cancelled');
CREATE TABLE "audit_export" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "origin" JSONB NOT NULL,
    "event_id" UUID NOT NULL,
    "format" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "filters" JSONB NOT NULL,
    "file_name" TEXT NOT NULL,
    "state" "export_state" NOT NULL,
    "reason" TEXT,
    "run" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "done" BIGINT NOT NULL DEFAULT 0,
    "total" BIGINT,
    "size" BIGINT NOT NULL DEFAULT 0,
    "stored" BIGINT NOT NULL DEFAULT 0,
    "chunks" INTEGER NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "audit_export_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_export_owner_id_asked_at_idx" ON "audit_export"("owner_id", "asked_at");
ALTER TABLE "audit_export" ADD CONSTRAINT "audit_export_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "audit_export_chunk" (
    "export_id" UUID NOT NULL,
    "run" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "audit_export_chunk_pkey" PRIMARY KEY ("export_id", "run", "number")
);
ALTER TABLE "audit_export_chunk" ADD CONSTRAINT "audit_export_chunk_export_id_fkey" FOREIGN KEY ("export_id") REFERENCES "audit_export"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- They are compressed already.
ALTER TABLE "audit_export_chunk" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
