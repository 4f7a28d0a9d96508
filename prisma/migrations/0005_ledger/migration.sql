-- The ledger under the log (docs/audit-integrity.md): which leaf of its tree an event belongs to, the leaves, and the signed checkpoints.
ALTER TABLE "audit_event" ADD COLUMN "leaf_id" UUID;

CREATE TABLE "audit_pending" (
    "leaf_id" UUID NOT NULL,
    "last_id" UUID NOT NULL,
    "events" INTEGER NOT NULL,

    CONSTRAINT "audit_pending_pkey" PRIMARY KEY ("leaf_id")
);

CREATE TABLE "audit_leaf" (
    "number" BIGINT NOT NULL,
    "leaf_id" UUID NOT NULL,
    "last_id" UUID NOT NULL,
    "events" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_leaf_pkey" PRIMARY KEY ("number")
);

CREATE TABLE "audit_node" (
    "level" INTEGER NOT NULL,
    "index" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_node_pkey" PRIMARY KEY ("level", "index")
);

CREATE TABLE "audit_checkpoint" (
    "number" BIGINT NOT NULL,
    "size" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "note" TEXT NOT NULL,

    CONSTRAINT "audit_checkpoint_pkey" PRIMARY KEY ("number")
);

CREATE TABLE "audit_consumer" (
    "name" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "audit_consumer_pkey" PRIMARY KEY ("name")
);

CREATE UNIQUE INDEX "audit_leaf_leaf_id_key" ON "audit_leaf"("leaf_id");
CREATE INDEX "audit_checkpoint_size_idx" ON "audit_checkpoint"("size");

-- Rows come and go here all the time: cleared away by their number, not by their share of a table that is empty most of the time.
ALTER TABLE "audit_pending" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Leaves and checkpoints are append-only as the events are.
CREATE OR REPLACE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_leaf_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_leaf"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
CREATE TRIGGER "audit_node_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_node"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
CREATE TRIGGER "audit_checkpoint_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_checkpoint"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- What was written before there was a ledger is sealed like everything else: each event as a leaf by itself.
INSERT INTO "audit_pending" ("leaf_id", "last_id", "events") SELECT "id", "id", 1 FROM "audit_event";
