-- A token's quota: so many requests in a calendar day or month of UTC. Both columns or neither.
ALTER TABLE "token"
  ADD COLUMN "quota_requests" INTEGER,
  ADD COLUMN "quota_period" TEXT;

-- What of a quota instances have taken out to spend; "granted" is what the last of them got.
CREATE TABLE "quota_use" (
    "token_id" UUID NOT NULL,
    "period" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "used" INTEGER NOT NULL,
    "granted" INTEGER NOT NULL,

    CONSTRAINT "quota_use_pkey" PRIMARY KEY ("token_id", "period", "starts_at")
);

-- The gate reads the quota with the token.
DROP TRIGGER "token_grant_version" ON "token";
CREATE TRIGGER "token_grant_version" AFTER DELETE OR TRUNCATE
  OR UPDATE OF "name", "scopes", "ip_allow_list", "limit_requests", "limit_window_seconds", "expires_at", "deleted_at", "suspended_at", "owner_id",
    "bound_jwk", "bound_thumbprint", "quota_requests", "quota_period" ON "token"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_grant_version"();
