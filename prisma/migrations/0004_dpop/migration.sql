-- Tokens bound to a key (DPoP, RFC 9449): its public half and its thumbprint, both or neither.
ALTER TABLE "token"
  ADD COLUMN "bound_jwk" JSONB,
  ADD COLUMN "bound_thumbprint" TEXT;

-- Proofs that were shown, as long as they could be shown again.
CREATE TABLE "dpop_proof" (
    "digest" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dpop_proof_pkey" PRIMARY KEY ("digest")
);
CREATE INDEX "dpop_proof_expires_at_idx" ON "dpop_proof"("expires_at");

-- What the gate reads of a token has grown.
DROP TRIGGER "token_grant_version" ON "token";
CREATE TRIGGER "token_grant_version" AFTER DELETE OR TRUNCATE
  OR UPDATE OF "name", "scopes", "ip_allow_list", "limit_requests", "limit_window_seconds", "expires_at", "deleted_at", "suspended_at", "owner_id",
    "bound_jwk", "bound_thumbprint" ON "token"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_grant_version"();
