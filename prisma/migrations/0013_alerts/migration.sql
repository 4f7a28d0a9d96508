-- Unusual behaviour that was noticed (docs/alerts.md): the alerts, the rules as far as they were changed, and what the rules remember.
CREATE TABLE "alert" (
    "id" UUID NOT NULL,
    "rule" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "token_id" UUID,
    "owner_id" UUID,
    "address" TEXT,
    "reason" TEXT,
    "requests" BIGINT NOT NULL,
    "first_id" UUID NOT NULL,
    "last_id" UUID NOT NULL,
    "figures" JSONB NOT NULL,
    "suspends" BOOLEAN NOT NULL,
    "raised_at" TIMESTAMPTZ(3),
    "suspended_at" TIMESTAMPTZ(3),
    "acknowledged_at" TIMESTAMPTZ(3),
    "acknowledged_by_id" UUID,
    "note" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "alert_rule" (
    "rule" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "suspends" BOOLEAN NOT NULL,
    "thresholds" JSONB NOT NULL,

    CONSTRAINT "alert_rule_pkey" PRIMARY KEY ("rule")
);

CREATE TABLE "alert_token" (
    "token_id" UUID NOT NULL,
    "first_used_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "first_id" UUID NOT NULL,
    "requests" BIGINT NOT NULL,
    "peak" BIGINT,

    CONSTRAINT "alert_token_pkey" PRIMARY KEY ("token_id")
);

CREATE TABLE "alert_network" (
    "token_id" UUID NOT NULL,
    "network" INET NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "alert_network_pkey" PRIMARY KEY ("token_id", "network")
);

CREATE TABLE "alert_tally" (
    "rule" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "slot" TIMESTAMPTZ(0) NOT NULL,
    "requests" BIGINT NOT NULL,
    "first_id" UUID NOT NULL,
    "last_id" UUID NOT NULL,

    CONSTRAINT "alert_tally_pkey" PRIMARY KEY ("rule", "subject", "slot")
);

-- While an alert is open, more of the same is added to it.
CREATE UNIQUE INDEX "alert_open_key" ON "alert"("rule", "subject") WHERE (acknowledged_at IS NULL);
CREATE INDEX "alert_rule_subject_acknowledged_at_idx" ON "alert"("rule", "subject", "acknowledged_at");
CREATE INDEX "alert_token_id_idx" ON "alert"("token_id");
CREATE INDEX "alert_owner_id_idx" ON "alert"("owner_id");
CREATE INDEX "alert_network_last_at_idx" ON "alert_network"("last_at");
CREATE INDEX "alert_tally_rule_slot_idx" ON "alert_tally"("rule", "slot");

-- These rows change every second: room on their pages keeps those changes out of the indexes.
ALTER TABLE "alert_token" SET (fillfactor = 80);
ALTER TABLE "alert_tally" SET (fillfactor = 80);

-- What happened before there were alerts is no news: watching begins with the next event, knowing when and from where tokens were used.
INSERT INTO "audit_consumer" ("name", "position") SELECT 'alerts', max("number") + 1 FROM "audit_leaf" HAVING count(*) > 0;
INSERT INTO "alert_token" ("token_id", "first_used_at", "last_used_at", "hour", "first_id", "requests")
  SELECT "id", "created_at", "last_used_at", date_trunc('hour', "last_used_at", 'UTC') - interval '1 hour', "id", 0 FROM "token" WHERE "last_used_at" IS NOT NULL;
INSERT INTO "alert_network" ("token_id", "network", "last_at")
  SELECT "token_id", network(set_masklen("address"::inet, CASE family("address"::inet) WHEN 4 THEN 24 ELSE 48 END)), max("last_at")
  FROM "usage_address" WHERE "address" NOT IN ('', '*') AND "requests" > "refused" GROUP BY 1, 2;
