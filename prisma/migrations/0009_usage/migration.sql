-- What the log says of usage, added up (docs/usage.md). Whatever is here can be made again from the log.
ALTER TABLE "audit_event" ADD COLUMN "scopes" TEXT;

CREATE TABLE "usage_hour" (
    "subject_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "reason" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,

    CONSTRAINT "usage_hour_pkey" PRIMARY KEY ("subject_id", "hour", "reason")
);

CREATE TABLE "usage_day" (
    "token_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "requests" BIGINT NOT NULL,
    "refused" BIGINT NOT NULL,

    CONSTRAINT "usage_day_pkey" PRIMARY KEY ("token_id", "day")
);

CREATE TABLE "usage_address" (
    "token_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "address" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "refused" BIGINT NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_address_pkey" PRIMARY KEY ("token_id", "day", "address")
);

CREATE TABLE "usage_scope" (
    "token_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "scope" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "usage_scope_pkey" PRIMARY KEY ("token_id", "day", "scope")
);

CREATE INDEX "usage_hour_hour_idx" ON "usage_hour"("hour");
CREATE INDEX "usage_day_day_idx" ON "usage_day"("day");
CREATE INDEX "usage_address_day_idx" ON "usage_address"("day");
CREATE INDEX "usage_scope_day_idx" ON "usage_scope"("day");

-- The rows of the current hour and day change every second: room on their pages keeps those changes out of the indexes.
ALTER TABLE "usage_hour" SET (fillfactor = 80);
ALTER TABLE "usage_day" SET (fillfactor = 80);
ALTER TABLE "usage_address" SET (fillfactor = 80);
ALTER TABLE "usage_scope" SET (fillfactor = 80);
