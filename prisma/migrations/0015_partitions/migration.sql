-- The log in partitions: accesses and operations apart, each by month. They stand in a schema of their own, in which the application may read the two
-- kinds and no more.
CREATE SCHEMA "audit_log";
ALTER TABLE "audit_event" RENAME TO "audit_event_before";

CREATE TABLE "audit_event" (LIKE "audit_event_before" INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY LIST ("event");
CREATE TABLE "audit_log"."access" PARTITION OF "audit_event" FOR VALUES IN ('token.used', 'token.refused') PARTITION BY RANGE ("id");
CREATE TABLE "audit_log"."operation" PARTITION OF "audit_event" DEFAULT PARTITION BY RANGE ("id");
-- What is from before the first month or after the last one that there is: ids from a clock that jumped find a home too. (A default partition would
-- do, but with one the months are not known to be in order, and every page would open all of them.)
CREATE TABLE "audit_log"."access_early" (LIKE "audit_event" INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE "audit_log"."access_late" (LIKE "audit_event" INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE "audit_log"."operation_early" (LIKE "audit_event" INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE "audit_log"."operation_late" (LIKE "audit_event" INCLUDING DEFAULTS INCLUDING CONSTRAINTS);

CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"."access"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"."access_early"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"."access_late"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"."operation"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"."operation_early"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"."operation_late"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- The least UUIDv7 of a moment (none is from before 1970), and the first moment of the month (UTC) of which an id was made.
CREATE FUNCTION "audit_log"."first_id"("moment" TIMESTAMPTZ) RETURNS UUID IMMUTABLE LANGUAGE sql AS $$
  SELECT (lpad(to_hex(greatest((extract(epoch FROM moment) * 1000)::bigint, 0)), 12, '0') || repeat('0', 20))::uuid
$$;
CREATE FUNCTION "audit_log"."month_of"("id" UUID) RETURNS TIMESTAMPTZ IMMUTABLE LANGUAGE sql AS $$
  SELECT date_trunc('month', to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0), 'UTC')
$$;

-- The months that there are of a kind, without gaps: their tables and first moments.
CREATE FUNCTION "audit_log"."months"("kind" TEXT) RETURNS TABLE ("part" TEXT, "month" TIMESTAMP) STABLE LANGUAGE sql AS $$
  SELECT c.relname::text, to_timestamp(right(c.relname, 7), 'YYYY_MM') AT TIME ZONE current_setting('TimeZone')
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = format('audit_log.%I', kind)::regclass AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
$$;

-- Makes one month of one kind. What stood before the first or after the last month goes there: moved, not changed.
CREATE FUNCTION "audit_log"."make_month"("kind" TEXT, "month" TIMESTAMP) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  part TEXT := kind || '_' || to_char(month, 'YYYY_MM');
  low UUID := audit_log.first_id(month AT TIME ZONE 'UTC');
  high UUID := audit_log.first_id((month + interval '1 month') AT TIME ZONE 'UTC');
  edge TEXT;
BEGIN
  EXECUTE format('CREATE TABLE audit_log.%I (LIKE audit_log.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, kind);
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log.%I
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change()', part);
  -- A reason says what the event and its outcome are: taken for independent, they look so rare together that the planner gathers and sorts
  -- all of them.
  EXECUTE format('CREATE STATISTICS audit_log.%I (dependencies, mcv) ON reason, outcome, event FROM audit_log.%I', part || '_reason', part);
  FOREACH edge IN ARRAY ARRAY[kind || '_early', kind || '_late'] LOOP
    EXECUTE format('ALTER TABLE audit_log.%I DISABLE TRIGGER append_only', edge);
    EXECUTE format('WITH moved AS (DELETE FROM audit_log.%I WHERE id >= $1 AND id < $2 RETURNING *) INSERT INTO audit_log.%I SELECT * FROM moved', edge, part)
      USING low, high;
    EXECUTE format('ALTER TABLE audit_log.%I ENABLE TRIGGER append_only', edge);
  END LOOP;
  EXECUTE format('ALTER TABLE audit_log.%I ATTACH PARTITION audit_log.%I FOR VALUES FROM (%L) TO (%L)', kind, part, low, high);
END
$$;

-- Makes the months from one moment to another, and those between them and the ones that there are; of both kinds. Gives how many are new. For a moment nobody
-- reads or writes the kind that gets some; whoever reads for long is not waited for.
CREATE FUNCTION "audit_log"."make_months"("since" TIMESTAMPTZ, "until" TIMESTAMPTZ) RETURNS INTEGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made INTEGER := 0;
  kind TEXT;
  edge TEXT;
  low TIMESTAMP;
  top TIMESTAMP;
  new_low TIMESTAMP := date_trunc('month', since AT TIME ZONE 'UTC');
  new_top TIMESTAMP := date_trunc('month', until AT TIME ZONE 'UTC');
  missing TIMESTAMP;
BEGIN
  -- Two at a time take turns, and with prune().
  PERFORM pg_advisory_xact_lock(7809644627822568827);
  PERFORM set_config('lock_timeout', '300ms', true);
  FOREACH kind IN ARRAY ARRAY['access', 'operation'] LOOP
    SELECT min(m.month), max(m.month) INTO low, top FROM audit_log.months(kind) m;
    CONTINUE WHEN low <= new_low AND top >= new_top;
    FOREACH edge IN ARRAY ARRAY[kind || '_early', kind || '_late'] LOOP
      IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = format('audit_log.%I', edge)::regclass) THEN
        EXECUTE format('ALTER TABLE audit_log.%I DETACH PARTITION audit_log.%I', kind, edge);
      END IF;
    END LOOP;
    FOR missing IN
      SELECT at FROM generate_series(least(low, new_low), greatest(top, new_top), '1 month') AS at
      EXCEPT SELECT m.month FROM audit_log.months(kind) m ORDER BY 1
    LOOP
      PERFORM audit_log.make_month(kind, missing);
      made := made + 1;
    END LOOP;
    EXECUTE format('ALTER TABLE audit_log.%I ATTACH PARTITION audit_log.%I FOR VALUES FROM (MINVALUE) TO (%L)', kind, kind || '_early',
      audit_log.first_id(least(low, new_low) AT TIME ZONE 'UTC'));
    EXECUTE format('ALTER TABLE audit_log.%I ATTACH PARTITION audit_log.%I FOR VALUES FROM (%L) TO (MAXVALUE)', kind, kind || '_late',
      audit_log.first_id((greatest(top, new_top) + interval '1 month') AT TIME ZONE 'UTC'));
  END LOOP;
  RETURN made;
END
$$;

-- What was written so far moves, months and all. The clock of more than ten years ago was wrong: its events are early ones, in no month.
SELECT "audit_log"."make_months"(greatest(coalesce("audit_log"."month_of"(min("id"::text)::uuid), now()), now() - interval '10 years'), now() + interval '3 months')
FROM "audit_event_before";
-- What follows waits for whoever is in its way: make_months() would not.
SELECT set_config('lock_timeout', '0', true);
INSERT INTO "audit_event" SELECT * FROM "audit_event_before";
DROP TABLE "audit_event_before";

-- Made on what is there already, and on each month to come.
ALTER TABLE "audit_log"."access" ADD CONSTRAINT "access_pkey" PRIMARY KEY ("id");
CREATE INDEX "access_token_idx" ON "audit_log"."access" ("token_id", "id");
CREATE INDEX "access_actor_idx" ON "audit_log"."access" ("actor_id", "id");
CREATE INDEX "access_ip_idx" ON "audit_log"."access" ("ip", "id");
CREATE INDEX "access_refused_idx" ON "audit_log"."access" ("id") WHERE (outcome = 'refused');
CREATE INDEX "access_refused_actor_idx" ON "audit_log"."access" ("actor_id", "id") WHERE (outcome = 'refused');
CREATE INDEX "access_refused_token_idx" ON "audit_log"."access" ("token_id", "id") WHERE (outcome = 'refused');
CREATE INDEX "access_refused_ip_idx" ON "audit_log"."access" ("ip", "id") WHERE (outcome = 'refused');
CREATE INDEX "access_reason_idx" ON "audit_log"."access" ("reason", "id") WHERE (reason IS NOT NULL);
CREATE INDEX "access_predecessor_idx" ON "audit_log"."access" ("token_id", "generation", "ip", "id") WHERE (generation IS NOT NULL AND event = 'token.used');
CREATE INDEX "access_dead_value_idx" ON "audit_log"."access" ("token_id", "id") WHERE (reason IN ('superseded', 'deleted'));
ALTER TABLE "audit_log"."operation" ADD CONSTRAINT "operation_pkey" PRIMARY KEY ("id");
CREATE INDEX "operation_event_idx" ON "audit_log"."operation" ("event", "id");
CREATE INDEX "operation_token_idx" ON "audit_log"."operation" ("token_id", "id") WHERE (token_id IS NOT NULL);
CREATE INDEX "operation_actor_idx" ON "audit_log"."operation" ("actor_id", "id");
CREATE INDEX "operation_subject_idx" ON "audit_log"."operation" ("subject_id", "id") WHERE (subject_id IS NOT NULL);
CREATE INDEX "operation_ip_idx" ON "audit_log"."operation" ("ip", "id");
CREATE INDEX "operation_refused_idx" ON "audit_log"."operation" ("id") WHERE (outcome = 'refused');
CREATE INDEX "operation_reason_idx" ON "audit_log"."operation" ("reason", "id") WHERE (reason IS NOT NULL);
CREATE INDEX "operation_request_idx" ON "audit_log"."operation" ("request_id", "id") WHERE (request_id IS NOT NULL);
-- A person's own sign-ins, and the refused ones (nobody's, but about them), however much else they did.
CREATE INDEX "operation_sign_in_actor_idx" ON "audit_log"."operation" ("actor_id", "id") WHERE (event LIKE 'user.sign%');
CREATE INDEX "operation_sign_in_subject_idx" ON "audit_log"."operation" ("subject_id", "id") WHERE (event LIKE 'user.sign%');

CREATE TRIGGER "audit_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- How long the log is kept, in whole months (null: for ever), and since when that holds.
ALTER TABLE "policy"
  ADD COLUMN "keep_accesses_months" INTEGER,
  ADD COLUMN "keep_operations_months" INTEGER,
  ADD COLUMN "retention_changed_at" TIMESTAMPTZ(3);

-- What was taken out of the log: the leaves whose events are gone, each with the event that says so. Append-only, and kept for ever.
CREATE TABLE "audit_prune" (
    "event_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "before" TIMESTAMPTZ(3) NOT NULL,
    "events" BIGINT NOT NULL,
    "leaves" TEXT NOT NULL,

    CONSTRAINT "audit_prune_pkey" PRIMARY KEY ("event_id")
);
CREATE TRIGGER "audit_prune_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_prune"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- Takes out of one kind ("access" or "operation") the months that the policy does not keep, and records that, in the caller's transaction. It takes no
-- bound from anybody: whoever may call it can do no more than the policy says. Gives what was done: null for nothing.
--
-- A leaf goes whole or stays whole: one that reaches into the next month stays until that month goes. Records of prunes stay for ever. What stays moves to
-- what is from before the first month.
CREATE FUNCTION "audit_log"."prune"("kind" TEXT) RETURNS JSONB
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  months INTEGER;
  changed_at TIMESTAMPTZ;
  now_at TIMESTAMPTZ(3) := clock_timestamp();
  bound TIMESTAMPTZ;
  is_forced BOOLEAN := false;
  high UUID;
  part TEXT;
  parts TEXT[];
  gone RECORD;
  held TEXT[];
  waiting JSONB;
  kept UUID[];
  event UUID;
BEGIN
  SELECT CASE kind WHEN 'access' THEN keep_accesses_months WHEN 'operation' THEN keep_operations_months END, retention_changed_at
  INTO months, changed_at FROM public.policy WHERE id = 1;
  -- A day to think better of it.
  IF months IS NULL OR months < 1 OR changed_at > now_at - interval '1 day' THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(7809644627822568827);
  bound := (date_trunc('month', now_at AT TIME ZONE 'UTC') - make_interval(months => months)) AT TIME ZONE 'UTC';
  LOOP
    high := audit_log.first_id(bound);
    SELECT coalesce(array_agg(m.part ORDER BY m.part), '{}') INTO parts FROM audit_log.months(kind) m WHERE m.month < bound AT TIME ZONE 'UTC';
    -- Nothing is added while it is counted; reading goes on.
    FOREACH part IN ARRAY parts || (kind || '_early') LOOP
      EXECUTE format('LOCK TABLE ONLY audit_log.%I IN SHARE MODE', part);
    END LOOP;
    EXECUTE format('
      SELECT count(*) FILTER (WHERE l.last_id < $1) AS leaves, coalesce(sum(f.events) FILTER (WHERE l.last_id < $1), 0)::bigint AS events,
             min(l.number) FILTER (WHERE l.last_id < $1) AS first, max(l.number) FILTER (WHERE l.last_id < $1) AS last,
             range_agg(int8range(l.number, l.number + 1)) FILTER (WHERE l.last_id < $1)::text AS numbers,
             count(*) FILTER (WHERE l.number IS NULL) AS unsealed, count(*) FILTER (WHERE l.last_id < $1 AND l.events <> f.events) AS changed,
             array_agg(f.leaf) FILTER (WHERE l.last_id >= $1) AS edge
      FROM (SELECT coalesce(leaf_id, id) AS leaf, count(*) AS events FROM audit_log.%I WHERE id < $1 AND event <> ''audit.pruned'' GROUP BY 1) f
      LEFT JOIN public.audit_leaf l ON l.leaf_id = f.leaf', kind) INTO gone USING high;
    IF gone.unsealed > 0 THEN
      RETURN jsonb_build_object('state', 'unsealed', 'before', bound);
    ELSIF gone.changed > 0 THEN
      RETURN jsonb_build_object('state', 'changed', 'before', bound);
    ELSIF gone.leaves = 0 THEN
      RETURN waiting;
    END IF;
    -- Who follows the log has a month to get what is due since the last one.
    SELECT array_agg(name ORDER BY name) INTO held FROM (
      SELECT name FROM public.sink s WHERE s.position <= gone.last
        OR EXISTS (SELECT FROM public.sink_dead_letter d WHERE d.sink_id = s.id AND d.position BETWEEN gone.first AND gone.last)
      UNION ALL SELECT c.name FROM public.audit_consumer c WHERE c.position <= gone.last) follower;
    EXIT WHEN held IS NULL OR is_forced;
    waiting := jsonb_build_object('state', 'held', 'before', bound, 'by', to_jsonb(held));
    IF changed_at > now_at - interval '30 days' THEN
      RETURN waiting;
    END IF;
    is_forced := true;
    bound := (bound AT TIME ZONE 'UTC' - interval '1 month') AT TIME ZONE 'UTC';
  END LOOP;

  event := (SELECT (lpad(to_hex((extract(epoch FROM now_at) * 1000)::bigint), 12, '0') || '7' || left(random, 3) || '8' || substr(random, 4, 15))::uuid
    FROM (SELECT encode(sha256(uuid_send(gen_random_uuid())), 'hex') AS random) drawn);
  INSERT INTO public.audit_event (id, at, event, actor_type, outcome, changes)
  VALUES (event, now_at, 'audit.pruned', 'system', 'ok', jsonb_strip_nulls(jsonb_build_object(
    'kind', jsonb_build_array(null, CASE kind WHEN 'access' THEN 'accesses' ELSE 'operations' END),
    'before', jsonb_build_array(null, to_char(bound AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
    'events', jsonb_build_array(null, gone.events), 'leaves', jsonb_build_array(null, gone.leaves),
    'digest', jsonb_build_array(null, encode(sha256(convert_to(gone.numbers, 'UTF8')), 'hex')),
    'undelivered', CASE WHEN held IS NOT NULL THEN jsonb_build_array(null, to_jsonb(held)) END)));
  INSERT INTO public.audit_pending (leaf_id, last_id, events) VALUES (event, event, 1);
  INSERT INTO public.audit_prune (event_id, kind, before, events, leaves) VALUES (event, kind, bound, gone.events, gone.numbers);

  EXECUTE format('SELECT array_agg(id) FROM audit_log.%I WHERE id < $1 AND (event = ''audit.pruned'' OR id >= $2 AND coalesce(leaf_id, id) = ANY ($3))', kind)
    INTO kept USING high, (SELECT min(edge::text)::uuid FROM unnest(gone.edge) edge), gone.edge;
  -- For a moment nobody reads or writes this kind. Whoever reads for long is not waited for: the next round tries again.
  PERFORM set_config('lock_timeout', '300ms', true);
  EXECUTE format('ALTER TABLE audit_log.%I DETACH PARTITION audit_log.%I', kind, kind || '_early');
  EXECUTE format('ALTER TABLE audit_log.%I DISABLE TRIGGER append_only', kind || '_early');
  EXECUTE format('DELETE FROM audit_log.%I WHERE id < $1 AND id <> ALL (coalesce($2, ''{}''))', kind || '_early') USING high, kept;
  EXECUTE format('ALTER TABLE audit_log.%I ENABLE TRIGGER append_only', kind || '_early');
  FOREACH part IN ARRAY parts LOOP
    EXECUTE format('ALTER TABLE audit_log.%I DETACH PARTITION audit_log.%I', kind, part);
    EXECUTE format('INSERT INTO audit_log.%I SELECT * FROM audit_log.%I WHERE id = ANY ($1)', kind || '_early', part) USING kept;
    EXECUTE format('DROP TABLE audit_log.%I', part);
  END LOOP;
  SELECT audit_log.first_id(min(m.month) AT TIME ZONE 'UTC') INTO high FROM audit_log.months(kind) m;
  EXECUTE format('ALTER TABLE audit_log.%I ATTACH PARTITION audit_log.%I FOR VALUES FROM (MINVALUE) TO (%L)', kind, kind || '_early', high);
  RETURN jsonb_build_object('state', 'pruned', 'before', bound, 'events', gone.events, 'undelivered', to_jsonb(held));
END
$$;

-- Whoever may change the policy without being its owner cannot date that back, and so not skip the day in which it can be taken back.
CREATE FUNCTION "audit_log"."date_retention"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.retention_changed_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER "policy_retention" BEFORE INSERT OR UPDATE OF "keep_accesses_months", "keep_operations_months", "retention_changed_at" ON "policy"
  FOR EACH ROW WHEN (current_user = 'latchkey_app') EXECUTE FUNCTION "audit_log"."date_retention"();

REVOKE ALL ON FUNCTION "audit_log"."months", "audit_log"."make_month", "audit_log"."make_months", "audit_log"."prune" FROM PUBLIC;
