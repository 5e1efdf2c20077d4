-- Who does what only one process does at a time. A lease that has run out is another's for the taking; the fence grows
-- whenever it changes hands.
CREATE TABLE role_leases (
    role            TEXT PRIMARY KEY,
    owner           TEXT NOT NULL,
    lease_until     INTEGER NOT NULL,
    fence           INTEGER NOT NULL
) STRICT;

-- How much waits at each stage, and since when, without a look at all that has ended.
CREATE INDEX work_items_at_stage ON work_items (stage, next_try_at) WHERE status = 'pending';
