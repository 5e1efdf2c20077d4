-- Where a store stands in its life: active, evacuating, retired.
ALTER TABLE stores ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
ALTER TABLE stores ADD COLUMN state_at INTEGER;

-- Long work on whole stores: audits, backfills, comparisons, evacuations, retirements. Claimed by a lease as work items
-- are; what it has done is in `progress`, so that a killed one goes on where it was.
CREATE TABLE jobs (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT NOT NULL,
    store           TEXT NOT NULL,
    options         TEXT NOT NULL,
    status          TEXT NOT NULL,
    progress        TEXT NOT NULL,
    requested_by    TEXT NOT NULL,
    cancelled_by    TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_try_at     INTEGER NOT NULL,
    last_error      TEXT,
    outcome         TEXT,
    lease_owner     TEXT,
    lease_until     INTEGER NOT NULL DEFAULT 0,
    fence           INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT;
-- The same is not done twice at once.
CREATE UNIQUE INDEX jobs_in_work ON jobs (kind, store, options) WHERE status IN ('pending', 'started');
CREATE INDEX jobs_queue ON jobs (next_try_at, id) WHERE status IN ('pending', 'started');
CREATE INDEX jobs_by_owner ON jobs (lease_owner) WHERE lease_owner IS NOT NULL;

-- What a job came upon that is worth a line; what is well is only counted.
CREATE TABLE job_results (
    job_id          INTEGER NOT NULL REFERENCES jobs (id),
    number          INTEGER NOT NULL,
    result          TEXT NOT NULL,
    weight          TEXT NOT NULL,
    store           TEXT NOT NULL,
    object          TEXT,
    path            TEXT NOT NULL,
    detail          TEXT NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

-- Objects that are being copied into a store, and who is at it. A row is gone when that has ended.
CREATE TABLE replications (
    object_id       BLOB NOT NULL REFERENCES objects (id),
    store           TEXT NOT NULL,
    lease_owner     TEXT,
    lease_until     INTEGER NOT NULL,
    fence           INTEGER NOT NULL,
    PRIMARY KEY (object_id, store)
) STRICT, WITHOUT ROWID;
