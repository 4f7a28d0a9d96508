-- Addresses, limits and suspension of tokens.
ALTER TABLE "token"
  ADD COLUMN "ip_allow_list" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "limit_requests" INTEGER,
  ADD COLUMN "limit_window_seconds" INTEGER,
  ADD COLUMN "suspended_at" TIMESTAMPTZ(3),
  ADD COLUMN "suspended_reason" TEXT,
  ADD COLUMN "suspended_by_id" UUID;

-- Ids grow, and an ascending index packs what is added at its end: smaller, and cheaper for every access. It is read backwards as fast.
DROP INDEX "audit_event_token_id_id_idx", "audit_event_actor_id_id_idx", "audit_event_ip_id_idx", "audit_event_subject_id_id_idx",
  "audit_event_operation_idx", "audit_event_refused_idx", "audit_event_sign_in_actor_idx", "audit_event_sign_in_subject_idx";
CREATE INDEX "audit_event_token_id_id_idx" ON "audit_event"("token_id", "id");
CREATE INDEX "audit_event_actor_id_id_idx" ON "audit_event"("actor_id", "id");
CREATE INDEX "audit_event_ip_id_idx" ON "audit_event"("ip", "id");
CREATE INDEX "audit_event_subject_id_id_idx" ON "audit_event"("subject_id", "id") WHERE (subject_id IS NOT NULL);
CREATE INDEX "audit_event_operation_idx" ON "audit_event"("event", "id") WHERE (event <> 'token.used');
CREATE INDEX "audit_event_refused_idx" ON "audit_event"("id") WHERE (outcome = 'refused');
CREATE INDEX "audit_event_sign_in_actor_idx" ON "audit_event"("actor_id", "id") WHERE (event LIKE 'user.sign%');
CREATE INDEX "audit_event_sign_in_subject_idx" ON "audit_event"("subject_id", "id") WHERE (event LIKE 'user.sign%');

-- What the gate reads of a token has grown.
DROP TRIGGER "token_grant_version" ON "token";
CREATE TRIGGER "token_grant_version" AFTER DELETE OR TRUNCATE
  OR UPDATE OF "name", "scopes", "ip_allow_list", "limit_requests", "limit_window_seconds", "expires_at", "deleted_at", "suspended_at", "owner_id" ON "token"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_grant_version"();
