-- How many leaves the checkpoints state that an export with proofs is shown to continue; numbers, with spaces between.
ALTER TABLE "audit_export" ADD COLUMN "earlier" TEXT;
