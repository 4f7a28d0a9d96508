-- What somebody or a token was refused for: both may be frequent, and together rare. Only refusals pay for it.
CREATE INDEX "access_actor_reason_idx" ON "audit_log"."access" ("actor_id", "reason", "id") WHERE (reason IS NOT NULL);
CREATE INDEX "access_token_reason_idx" ON "audit_log"."access" ("token_id", "reason", "id") WHERE (reason IS NOT NULL);
