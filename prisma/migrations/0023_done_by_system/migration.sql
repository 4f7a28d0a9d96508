-- What Latchkey did by itself, which is rare: nobody is its actor, as with sign-ins that failed, of which there may be many.
CREATE INDEX "operation_system_idx" ON "audit_log"."operation" ("id") WHERE (actor_type = 'system');
