-- What a person must hear of: written in the transaction of what it tells of, and delivered until that was done once.
-- One row for each kind and store within an hour: what comes meanwhile is counted on it.
CREATE TABLE alerts (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT NOT NULL,
    store           TEXT NOT NULL,
    subject         TEXT NOT NULL,
    message         TEXT NOT NULL,
    count           INTEGER NOT NULL,
    raised_at       INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    delivered_at    INTEGER,
    delivered_count INTEGER NOT NULL DEFAULT 0,
    done_at         INTEGER
) STRICT;
CREATE INDEX alerts_of_kind ON alerts (kind, store, raised_at);
CREATE INDEX alerts_due ON alerts (due_at) WHERE done_at IS NULL AND delivered_count < count;
CREATE TRIGGER alerts_are_not_removed BEFORE DELETE ON alerts
    BEGIN SELECT RAISE(ABORT, 'an alert is never removed'); END;

-- Why an incident was left as it is, in one word: only a new reason is an alert.
ALTER TABLE incidents ADD COLUMN obstacle TEXT;

-- What checks have read of each store on each day (UTC), for budgets.
CREATE TABLE fixity_reads (
    store           TEXT NOT NULL,
    day             INTEGER NOT NULL,
    files           INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;
-- Checks in the background take the oldest of one store: another may have used up its budget.
CREATE INDEX fixity_queue_of_store ON fixity (store, proven_at) WHERE queued_at IS NOT NULL;

-- Rehearsals of the day on which it matters: an object given back, the registry made anew.
CREATE TABLE drills (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT NOT NULL,
    institution     TEXT,
    store           TEXT,
    object          TEXT,
    version         INTEGER,
    begun_at        INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL,
    result          TEXT NOT NULL,
    files           INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    report          TEXT NOT NULL
) STRICT;
CREATE INDEX drills_of_kind ON drills (kind, institution, begun_at);
