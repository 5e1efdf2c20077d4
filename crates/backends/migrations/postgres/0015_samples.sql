-- Files of frozen replicas that are thawed and read: one row a content that was ever drawn. It is under way from when it was
-- charged to the month's account (`wanted_at`) until it was read or given up; then `look_at` says when it is looked at again.
CREATE TABLE fixity_samples (
    store           TEXT COLLATE "C" NOT NULL,
    object_id       BYTEA NOT NULL,
    sha256          BYTEA NOT NULL,
    size_bytes      BIGINT NOT NULL,
    wanted_at       BIGINT,
    asked_at        BIGINT,
    look_at         BIGINT,
    charges         BIGINT NOT NULL DEFAULT 0,
    read_at         BIGINT,
    tried_at        BIGINT,
    result          TEXT COLLATE "C",
    PRIMARY KEY (store, object_id, sha256),
    FOREIGN KEY (object_id, store) REFERENCES fixity (object_id, store) ON DELETE CASCADE
);
CREATE INDEX fixity_samples_due ON fixity_samples (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX fixity_samples_of_replica ON fixity_samples (object_id, store);

-- What thaws for samples were asked for in each store and month (UTC; 12 times the year and the month from 0), for budgets.
CREATE TABLE fixity_sample_months (
    store           TEXT COLLATE "C" NOT NULL,
    month           BIGINT NOT NULL,
    files           BIGINT NOT NULL,
    size_bytes      BIGINT NOT NULL,
    PRIMARY KEY (store, month)
);
