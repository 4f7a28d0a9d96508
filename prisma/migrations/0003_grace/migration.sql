-- A value that was replaced may live on for a while. (Updates of token_secret count the grant version already.)
ALTER TABLE "token_secret"
  ADD COLUMN "generation" INTEGER,
  ADD COLUMN "hint" TEXT,
  ADD COLUMN "valid_until" TIMESTAMPTZ(3),
  ADD COLUMN "not_after" TIMESTAMPTZ(3);

-- The values replaced so far, the newest of them just before the live one. None of them lives.
UPDATE "token_secret" SET "generation" = placed."generation"
FROM (
  SELECT secret."digest", token."generation" - row_number() OVER (PARTITION BY secret."token_id" ORDER BY secret."superseded_at" DESC, secret."created_at" DESC) AS "generation"
  FROM "token_secret" secret JOIN "token" ON token."id" = secret."token_id"
  WHERE secret."superseded_at" IS NOT NULL
) placed
WHERE placed."digest" = "token_secret"."digest";

DROP INDEX "token_secret_token_id_idx";
CREATE UNIQUE INDEX "token_secret_token_id_generation_key" ON "token_secret"("token_id", "generation");
CREATE UNIQUE INDEX "token_secret_predecessor_key" ON "token_secret"("token_id") WHERE (valid_until IS NOT NULL);

-- Which value was used, where it was not the current one: accesses with the current one are the bulk, and in neither of these indexes.
ALTER TABLE "audit_event" ADD COLUMN "generation" INTEGER;
CREATE INDEX "audit_event_predecessor_idx" ON "audit_event"("token_id", "generation", "ip", "id") WHERE (generation IS NOT NULL AND event = 'token.used');
CREATE INDEX "audit_event_dead_value_idx" ON "audit_event"("token_id", "id") WHERE (reason IN ('superseded', 'deleted'));
