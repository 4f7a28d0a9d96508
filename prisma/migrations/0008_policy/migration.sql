-- What holds for everybody's tokens. One row.
CREATE TABLE "policy" (
    "id" INTEGER NOT NULL,
    "default_limit_requests" INTEGER,
    "default_limit_window_seconds" INTEGER,

    CONSTRAINT "policy_pkey" PRIMARY KEY ("id")
);
INSERT INTO "policy" ("id") VALUES (1);
-- The gate reads it with each grant.
CREATE TRIGGER "policy_grant_version" AFTER DELETE OR TRUNCATE OR UPDATE ON "policy"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_grant_version"();
