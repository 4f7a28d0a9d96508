-- Whoever may change how long the log is kept without being its owner cannot do so in silence: the same transaction must add the event that says from what to
-- what, and have it wait to be sealed. Asked when the transaction commits, so that either may come first.
CREATE FUNCTION "audit_log"."require_retention_event"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said JSONB := '{}';
BEGIN
  IF OLD.keep_accesses_months IS DISTINCT FROM NEW.keep_accesses_months THEN
    said := said || jsonb_build_object('keepAccessesMonths', jsonb_build_array(OLD.keep_accesses_months, NEW.keep_accesses_months));
  END IF;
  IF OLD.keep_operations_months IS DISTINCT FROM NEW.keep_operations_months THEN
    said := said || jsonb_build_object('keepOperationsMonths', jsonb_build_array(OLD.keep_operations_months, NEW.keep_operations_months));
  END IF;
  IF NOT EXISTS (
    SELECT FROM public.audit_event e JOIN public.audit_pending p ON p.leaf_id = e.id
    WHERE e.event = 'policy.changed' AND e.xmin = pg_current_xact_id()::xid
      AND NOT EXISTS (SELECT FROM jsonb_each(said) s WHERE e.changes -> s.key IS DISTINCT FROM s.value)
  ) THEN
    RAISE EXCEPTION 'how long the log is kept changes only together with the event that says so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER "policy_retention_event" AFTER UPDATE ON "policy" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (current_user = 'latchkey_app' AND (OLD.keep_accesses_months IS DISTINCT FROM NEW.keep_accesses_months
    OR OLD.keep_operations_months IS DISTINCT FROM NEW.keep_operations_months))
  EXECUTE FUNCTION "audit_log"."require_retention_event"();
