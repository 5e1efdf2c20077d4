-- Files of frozen replicas that are thawed and read: one row a content that was ever drawn. It is under way from when it was
-- charged to the month's account (`wanted_at`) until it was read or given up; then `look_at` says when it is looked at again.
CREATE TABLE fixity_samples (
    store           TEXT NOT NULL,
    object_id       BLOB NOT NULL,
    sha256          BLOB NOT NULL,
    size_bytes      INTEGER NOT NULL,
    wanted_at       INTEGER,
    asked_at        INTEGER,
    look_at         INTEGER,
    charges         INTEGER NOT NULL DEFAULT 0,
    read_at         INTEGER,
    tried_at        INTEGER,
    result          TEXT,
    PRIMARY KEY (store, object_id, sha256),
    FOREIGN KEY (object_id, store) REFERENCES fixity (object_id, store) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX fixity_samples_due ON fixity_samples (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX fixity_samples_of_replica ON fixity_samples (object_id, store);

-- What thaws for samples were asked for in each store and month (UTC; 12 times the year and the month from 0), for budgets.
CREATE TABLE fixity_sample_months (
    store           TEXT NOT NULL,
    month           INTEGER NOT NULL,
    files           INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    PRIMARY KEY (store, month)
) STRICT, WITHOUT ROWID;
