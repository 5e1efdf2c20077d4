-- Whose an event is: that of its object, or of the work item when nothing of it was stored. It follows from what the event
-- says already, so nothing of an event changes; without it, the events of one institution are looked for in all there are.
ALTER TABLE events ADD COLUMN institution TEXT COLLATE "C";
DROP TRIGGER events_are_not_changed ON events;
UPDATE events SET institution = coalesce((SELECT institution FROM objects WHERE id = events.object_id),
    (SELECT institution FROM work_items WHERE id = events.item_id));
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse('an event is never changed');
CREATE INDEX events_of_institution ON events (institution, number);

-- A page of each listing costs the same however much there is: what its filter lets through is found by an index, in the
-- order of the listing.
CREATE INDEX work_items_of_institution ON work_items (institution, id);
CREATE INDEX work_items_of_institution_by_status ON work_items (institution, status, id);
CREATE INDEX objects_of_option ON objects (storage_option, institution, name) WHERE state = 'active';
CREATE INDEX objects_deleted ON objects (institution, name, deleted_at) WHERE state = 'deleted';
CREATE INDEX events_of_type ON events (event_type, number);
CREATE INDEX events_of_outcome ON events (outcome, number);
CREATE INDEX incidents_of_object ON incidents (object_id, id);
CREATE INDEX incidents_of_store ON incidents (store, id);
CREATE INDEX incidents_in_state ON incidents (state, id);
CREATE INDEX alerts_not_done ON alerts (id) WHERE done_at IS NULL;
CREATE INDEX deletions_of_institution ON deletions (institution, id);
CREATE INDEX jobs_by_status ON jobs (status, id);
CREATE INDEX users_of_institution ON users (institution, login);
-- How the checks of a store stand is told from the index alone.
DROP INDEX fixity_oldest;
CREATE INDEX fixity_oldest ON fixity (store, proven_at NULLS FIRST, size_bytes, queued_at);
