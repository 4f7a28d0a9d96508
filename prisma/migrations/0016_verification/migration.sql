-- Verifications of the log: who asked, how far they are, what they found.
CREATE TYPE "verification_kind" AS ENUM ('asked', 'daily', 'command');
CREATE TYPE "verification_state" AS ENUM ('waiting', 'running', 'whole', 'changed', 'interrupted');
CREATE TABLE "audit_verification" (
    "id" UUID NOT NULL,
    "kind" "verification_kind" NOT NULL,
    "state" "verification_state" NOT NULL,
    "user_id" UUID,
    "origin" JSONB,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "done" BIGINT NOT NULL DEFAULT 0,
    "total" BIGINT NOT NULL DEFAULT 0,
    "events" BIGINT NOT NULL DEFAULT 0,
    "pending" INTEGER NOT NULL DEFAULT 0,
    "found" INTEGER NOT NULL DEFAULT 0,
    "problems" JSONB,

    CONSTRAINT "audit_verification_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_verification_finished_at_idx" ON "audit_verification"("finished_at");
