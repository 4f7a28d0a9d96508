/** Leaves looked at to say how far a stream is behind: a larger backlog is "more", whatever its size. */
export const COUNTED = 10_000;

/**
 * SQL, to be joined laterally with a row of `sink` as `s`: how many of its events wait, the id of the oldest of them, and how many leaves were looked at.
 * Operations are leaves by themselves, of the same id.
 */
export const WAITING = `(
  SELECT coalesce(sum(w.events), 0)::int - CASE WHEN s.events = 'everything' AND count(w.number) > 0 THEN s.skip ELSE 0 END AS events,
         (array_agg(w.last_id ORDER BY w.number))[1] AS oldest,
         (SELECT count(*)::int FROM (SELECT FROM audit_leaf WHERE number >= s.position LIMIT ${COUNTED}) l) AS leaves
  FROM (
    (SELECT number, last_id, events FROM audit_leaf WHERE s.events = 'everything' AND number >= s.position ORDER BY number LIMIT ${COUNTED})
    UNION ALL
    SELECT number, last_id, 1 FROM (
      SELECT number, leaf_id, last_id FROM audit_leaf WHERE s.events <> 'everything' AND number >= s.position ORDER BY number LIMIT ${COUNTED}
    ) l
    WHERE leaf_id = last_id
      AND (SELECT s.events = 'operations' OR starts_with(o.event, 'alert.') FROM audit_log.operation o WHERE o.id = l.leaf_id)
  ) w
)`;
