-- What is looked up in the log besides the filters that it began with. No use of a token, the most frequent event by far, is in any of them.

-- Everything that happened in one request. An access bears the id of the event itself.
CREATE INDEX "audit_event_request_idx" ON "audit_event"("request_id", "id") WHERE (request_id IS NOT NULL);
-- One reason among all refusals.
CREATE INDEX "audit_event_reason_idx" ON "audit_event"("reason", "id") WHERE (reason IS NOT NULL);
-- What was changed about a token, however often it was used since: what it looked like at a moment.
CREATE INDEX "audit_event_token_change_idx" ON "audit_event"("token_id", "id") WHERE (token_id IS NOT NULL AND event NOT IN ('token.used', 'token.refused'));

-- A reason says what the event and its outcome are: taken for independent, they look so rare together that the planner gathers and sorts all of them.
CREATE STATISTICS "audit_event_reason_stats" (dependencies, mcv) ON "reason", "outcome", "event" FROM "audit_event";
