-- Alerts suspend whenever their rule is broken again, not only when they are raised: each knows the event for which its token is to be suspended, and
-- what came before somebody resumed a token speaks against it no more.
ALTER TABLE "token" ADD COLUMN "resumed_at" TIMESTAMPTZ(3);
UPDATE "token" t SET "resumed_at" = r."at"
  FROM (SELECT "token_id", max("at") AS "at" FROM "audit_event" WHERE "event" = 'token.resumed' GROUP BY 1) r WHERE r."token_id" = t."id";

ALTER TABLE "alert" ADD COLUMN "suspend_for" UUID;
UPDATE "alert" SET "suspend_for" = "last_id" WHERE "suspends" AND "raised_at" IS NULL;
ALTER TABLE "alert" DROP COLUMN "suspends";

-- What raiseAlerts() looks for every second: as a rule, nothing.
CREATE INDEX "alert_waiting_idx" ON "alert"("id") WHERE (raised_at IS NULL OR suspend_for IS NOT NULL);
