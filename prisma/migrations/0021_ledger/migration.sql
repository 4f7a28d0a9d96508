-- How many leaves the checkpoints state that an export with proofs is shown to continue; numbers, with spaces between.
ALTER TABLE "audit_export" ADD COLUMN "earlier" TEXT;

-- How many leaves of one kind between these numbers, that end before "high", have the very events that were sealed: computed anew as
-- lib/audit/ledger/canonical.ts says (a test compares), a thousand leaves at a time, so that a month of any size takes no more memory. Records of
-- prunes do not count: they stay. Whoever calls holds the locks that keep all this from changing.
CREATE FUNCTION "audit_log"."leaves_as_sealed"("kind" TEXT, "first" BIGINT, "last" BIGINT, "high" UUID) RETURNS BIGINT LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
  total BIGINT := 0;
  found BIGINT;
BEGIN
  FOR low IN first..last BY 1000 LOOP
    EXECUTE format($sql$
      SELECT count(*) FROM public.audit_leaf l CROSS JOIN LATERAL (
        SELECT count(*) AS events, max(e.id::text COLLATE "C") AS last_id, sha256('\x00'::bytea || string_agg(sha256(convert_to(
          concat('{"v":1', ',"id":' || '"' || nullif(concat(e.id), '') || '"', ',"at":' || (date_part('epoch', e.at) * 1000)::bigint::text, ',"event":' || to_json(e.event)::text, ',"actorType":' || '"' || nullif(concat(e.actor_type), '') || '"', ',"actorId":' || '"' || nullif(concat(e.actor_id), '') || '"', ',"subjectId":' || '"' || nullif(concat(e.subject_id), '') || '"', ',"tokenId":' || '"' || nullif(concat(e.token_id), '') || '"', ',"outcome":' || '"' || nullif(concat(e.outcome), '') || '"', ',"reason":' || to_json(e.reason)::text, ',"ip":' || '"' || nullif(concat(e.ip), '') || '"', ',"userAgent":' || to_json(e.user_agent)::text, ',"requestId":' || to_json(e.request_id)::text, ',"changes":' || e.changes::text, ',"request":' || to_json(e.request)::text, ',"count":' || nullif(e.count, 1)::text, ',"generation":' || e.generation::text, ',"scopes":' || to_json(e.scopes)::text, '}')
          , 'UTF8')), ''::bytea ORDER BY e.id)) AS hash
        FROM audit_log.%I e WHERE e.id BETWEEN l.leaf_id AND l.last_id AND coalesce(e.leaf_id, e.id) = l.leaf_id AND e.event <> 'audit.pruned'
      ) computed
      WHERE l.number BETWEEN $1 AND $2 AND l.last_id < $3
        AND computed.events = l.events AND computed.hash = l.hash AND computed.last_id = l.last_id::text$sql$, kind)
      INTO found USING low, least(low + 999, last), high;
    total := total + found;
  END LOOP;
  RETURN total;
END
$$;
REVOKE ALL ON FUNCTION "audit_log"."leaves_as_sealed" FROM PUBLIC;

-- As before (0015), but what is due is compared with what was sealed, and others are not kept waiting meanwhile.
CREATE OR REPLACE FUNCTION "audit_log"."prune"("kind" TEXT) RETURNS JSONB
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
  -- One at a time: whoever comes meanwhile leaves it to the one that works.
  IF NOT pg_try_advisory_xact_lock(7809644627822568831) THEN
    RETURN NULL;
  END IF;
  bound := (date_trunc('month', now_at AT TIME ZONE 'UTC') - make_interval(months => months)) AT TIME ZONE 'UTC';
  LOOP
    high := audit_log.first_id(bound);
    SELECT coalesce(array_agg(m.part ORDER BY m.part), '{}') INTO parts FROM audit_log.months(kind) m WHERE m.month < bound AT TIME ZONE 'UTC';
    -- Nothing is added or changed until this is over, by whomever; reading goes on.
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

  -- What was edited must not go with what is due: after that nobody could tell.
  IF audit_log.leaves_as_sealed(kind, gone.first, gone.last, high) <> gone.leaves THEN
    RETURN jsonb_build_object('state', 'changed', 'before', bound);
  END IF;
  -- Not before that work is done: make_months() and the grants at a start wait for it.
  PERFORM pg_advisory_xact_lock(7809644627822568827);

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

-- What waited to be sealed and could not be: a leaf that was sealed before, one that the database cannot compute, or one whose events were gone. Whoever has the
-- application's rights can write the first two; they must not stop all others. Append-only, and kept for ever.
CREATE TABLE "audit_set_aside" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "leaf_id" UUID NOT NULL,
    "last_id" UUID NOT NULL,
    "events" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "audit_set_aside_pkey" PRIMARY KEY ("id")
);
CREATE TRIGGER "audit_set_aside_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_set_aside"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();

-- What a verification saw besides problems: events that were sealed long after the time that they bear, what was pruned, what was set aside.
ALTER TABLE "audit_verification"
  ADD COLUMN "late" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "set_aside" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "pruned" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "prunes" JSONB;
