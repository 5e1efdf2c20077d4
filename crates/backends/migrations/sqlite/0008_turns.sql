-- A claim takes the oldest item that waits at one stage for one institution, however long the queue is; what is in work is
-- found by its lease.
DROP INDEX work_items_queue;
CREATE INDEX work_items_turn ON work_items (stage, institution, next_try_at, id) WHERE status = 'pending';
CREATE INDEX work_items_in_work ON work_items (lease_until) WHERE lease_owner IS NOT NULL;
