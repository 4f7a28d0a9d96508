-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "role" AS ENUM ('member', 'auditor', 'admin');

-- CreateEnum
CREATE TYPE "actor_type" AS ENUM ('user', 'token', 'system');

-- CreateEnum
CREATE TYPE "outcome" AS ENUM ('ok', 'refused');

-- CreateTable
CREATE TABLE "user" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "password_hash" TEXT,
    "time_zone" TEXT,
    "theme" TEXT NOT NULL DEFAULT 'system',
    "locale" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_sign_in_at" TIMESTAMPTZ(3),

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ip" INET,
    "user_agent" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "password_link" (
    "digest" BYTEA NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "password_link_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "sign_in_attempt" (
    "id" UUID NOT NULL,
    "account" BYTEA NOT NULL,
    "source" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "token" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT,
    "description" TEXT NOT NULL DEFAULT '',
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "hint" TEXT NOT NULL,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "last_used_ip" INET,

    CONSTRAINT "token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "token_secret" (
    "digest" BYTEA NOT NULL,
    "key_id" TEXT NOT NULL,
    "token_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "superseded_at" TIMESTAMPTZ(3),

    CONSTRAINT "token_secret_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "event" TEXT NOT NULL,
    "actor_type" "actor_type" NOT NULL,
    "actor_id" UUID,
    "subject_id" UUID,
    "token_id" UUID,
    "outcome" "outcome" NOT NULL,
    "reason" TEXT,
    "ip" INET,
    "user_agent" TEXT,
    "request_id" TEXT,
    "changes" JSONB,
    "request" TEXT,
    "count" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_check" (
    "key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "key_check_pkey" PRIMARY KEY ("key_id")
);

-- CreateTable
CREATE TABLE "grant_version" (
    "id" INTEGER NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "grant_version_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key_key" ON "user"("email_key");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE INDEX "password_link_user_id_idx" ON "password_link"("user_id");

-- CreateIndex
CREATE INDEX "sign_in_attempt_account_at_idx" ON "sign_in_attempt"("account", "at");

-- CreateIndex
CREATE INDEX "sign_in_attempt_source_at_idx" ON "sign_in_attempt"("source", "at");

-- CreateIndex
CREATE INDEX "sign_in_attempt_at_idx" ON "sign_in_attempt"("at");

-- CreateIndex
CREATE INDEX "token_owner_id_created_at_idx" ON "token"("owner_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "token_owner_id_name_key_key" ON "token"("owner_id", "name_key");

-- CreateIndex
CREATE INDEX "token_secret_token_id_idx" ON "token_secret"("token_id");

-- CreateIndex
CREATE INDEX "audit_event_token_id_id_idx" ON "audit_event"("token_id", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_actor_id_id_idx" ON "audit_event"("actor_id", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_ip_id_idx" ON "audit_event"("ip", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_subject_id_id_idx" ON "audit_event"("subject_id", "id" DESC) WHERE (subject_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "audit_event_operation_idx" ON "audit_event"("event", "id" DESC) WHERE (event <> 'token.used');

-- CreateIndex
CREATE INDEX "audit_event_refused_idx" ON "audit_event"("id" DESC) WHERE (outcome = 'refused');

-- CreateIndex
CREATE INDEX "audit_event_sign_in_actor_idx" ON "audit_event"("actor_id", "id" DESC) WHERE (event LIKE 'user.sign%');

-- CreateIndex
CREATE INDEX "audit_event_sign_in_subject_idx" ON "audit_event"("subject_id", "id" DESC) WHERE (event LIKE 'user.sign%');

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "password_link" ADD CONSTRAINT "password_link_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token" ADD CONSTRAINT "token_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token_secret" ADD CONSTRAINT "token_secret_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "token"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- The log is append-only, for the owner of the table too. (The application's role lacks the privileges besides.)
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- Every change that could change an answer of the gate counts the version up, in its own transaction: what the gate has cached is
-- compared with it (lib/gate/grant-cache.ts). A new column that the gate reads belongs into these lists.
INSERT INTO "grant_version" ("id", "version") VALUES (1, 1);
CREATE FUNCTION "count_grant_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "grant_version" SET "version" = "version" + 1;
  RETURN NULL;
END
$$;
CREATE TRIGGER "token_grant_version" AFTER DELETE OR TRUNCATE OR UPDATE OF "name", "scopes", "expires_at", "deleted_at", "owner_id" ON "token"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_grant_version"();
CREATE TRIGGER "token_secret_grant_version" AFTER DELETE OR TRUNCATE OR UPDATE ON "token_secret"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_grant_version"();
CREATE TRIGGER "user_grant_version" AFTER DELETE OR TRUNCATE OR UPDATE OF "email", "disabled_at" ON "user"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_grant_version"();
