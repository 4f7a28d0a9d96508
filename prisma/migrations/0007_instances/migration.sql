-- Who serves, which changes the gates have to know of, and since when each of them does.
CREATE TABLE "instance" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "stopped_at" TIMESTAMPTZ(3),

    CONSTRAINT "instance_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "grant_change" (
    "event_id" UUID NOT NULL,
    "token_id" UUID,
    "version" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "grant_change_pkey" PRIMARY KEY ("event_id")
);
CREATE INDEX "grant_change_token_id_version_idx" ON "grant_change"("token_id", "version");
CREATE INDEX "grant_change_version_idx" ON "grant_change"("version");
CREATE INDEX "grant_change_at_idx" ON "grant_change"("at");
CREATE TABLE "grant_receipt" (
    "instance_id" UUID NOT NULL,
    "version" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "grant_receipt_pkey" PRIMARY KEY ("instance_id", "version")
);
CREATE INDEX "grant_receipt_at_idx" ON "grant_receipt"("at");
ALTER TABLE "grant_receipt" ADD CONSTRAINT "grant_receipt_instance_id_fkey" FOREIGN KEY ("instance_id") REFERENCES "instance"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Told with the commit, to gates that have nothing to ask the database at the moment.
CREATE OR REPLACE FUNCTION "count_grant_version"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  counted BIGINT;
BEGIN
  UPDATE "grant_version" SET "version" = "version" + 1 RETURNING "version" INTO counted;
  PERFORM pg_notify('latchkey_grants', counted::text);
  RETURN NULL;
END
$$;
