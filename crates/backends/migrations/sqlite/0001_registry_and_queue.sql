-- Times are microseconds since 1970-01-01 UTC; identifiers are UUIDs of 16 bytes; digests are bytes.

CREATE TABLE institutions (
    name        TEXT PRIMARY KEY,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The stores that were ever made. One of these that is not there has gone; it is never made anew on an empty disk.
CREATE TABLE stores (
    id          TEXT PRIMARY KEY,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The queue. A work item is claimed by a lease; whoever settles it shows the fence of its claim.
CREATE TABLE work_items (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    action          TEXT NOT NULL,
    stage           TEXT NOT NULL,
    status          TEXT NOT NULL,
    institution     TEXT NOT NULL,
    name            TEXT NOT NULL,
    object_id       BLOB,
    path            TEXT NOT NULL,
    origin          TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,
    size_bytes      INTEGER NOT NULL,
    modified_at     INTEGER NOT NULL,
    options         TEXT NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_try_at     INTEGER NOT NULL,
    last_error      TEXT,
    outcome         TEXT,
    state           TEXT NOT NULL DEFAULT '{}',
    findings        TEXT,
    superseded_by   INTEGER REFERENCES work_items (id),
    cancelled_by    TEXT,
    lease_owner     TEXT,
    lease_until     INTEGER NOT NULL DEFAULT 0,
    fence           INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX work_items_queue ON work_items (next_try_at, id) WHERE status IN ('pending', 'started');
CREATE INDEX work_items_by_object ON work_items (institution, name, id);
CREATE INDEX work_items_by_owner ON work_items (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX work_items_by_status ON work_items (status, id);

-- The members of a package in work: what is known of each so far, so that a killed step does only what is left.
CREATE TABLE gathered_files (
    item_id         INTEGER NOT NULL REFERENCES work_items (id),
    place           INTEGER NOT NULL,
    path            TEXT NOT NULL,
    size_bytes      INTEGER NOT NULL,
    offset_bytes    INTEGER NOT NULL,
    modified_at     INTEGER NOT NULL,
    md5             BLOB,
    sha1            BLOB,
    sha256          BLOB,
    sha512          BLOB,
    other_digests   TEXT,
    format          TEXT,
    disposition     INTEGER NOT NULL,
    PRIMARY KEY (item_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE objects (
    id                  BLOB PRIMARY KEY,
    institution         TEXT NOT NULL,
    name                TEXT NOT NULL,
    title               TEXT NOT NULL,
    description         TEXT,
    access              TEXT NOT NULL,
    storage_option      TEXT NOT NULL,
    profile_identifier  TEXT,
    head                INTEGER NOT NULL,
    files               INTEGER NOT NULL,
    size_bytes          INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    UNIQUE (institution, name)
) STRICT;
CREATE INDEX objects_by_time ON objects (updated_at, id);

CREATE TABLE object_versions (
    object_id       BLOB NOT NULL REFERENCES objects (id),
    number          INTEGER NOT NULL,
    item_id         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    files           INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    new_files       INTEGER NOT NULL,
    new_size_bytes  INTEGER NOT NULL,
    PRIMARY KEY (object_id, number)
) STRICT, WITHOUT ROWID;

-- One row a file and version that brought new bytes; the current one has no ended_by.
CREATE TABLE file_versions (
    object_id       BLOB NOT NULL REFERENCES objects (id),
    path            TEXT NOT NULL,
    version         INTEGER NOT NULL,
    ended_by        INTEGER,
    size_bytes      INTEGER NOT NULL,
    modified_at     INTEGER NOT NULL,
    format          TEXT NOT NULL,
    format_basis    TEXT NOT NULL,
    md5             BLOB,
    sha1            BLOB,
    sha256          BLOB NOT NULL,
    sha512          BLOB,
    other_digests   TEXT,
    PRIMARY KEY (object_id, path, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE replicas (
    object_id       BLOB NOT NULL REFERENCES objects (id),
    version         INTEGER NOT NULL,
    store           TEXT NOT NULL,
    object_path     TEXT NOT NULL,
    evidence        TEXT NOT NULL,
    verified_at     INTEGER NOT NULL,
    files           INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    PRIMARY KEY (object_id, version, store)
) STRICT, WITHOUT ROWID;

-- Events are only ever added.
CREATE TABLE events (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              BLOB NOT NULL UNIQUE,
    event_type      TEXT NOT NULL,
    at              INTEGER NOT NULL,
    outcome         TEXT NOT NULL,
    detail          TEXT NOT NULL,
    note            TEXT NOT NULL,
    agent           TEXT NOT NULL,
    item_id         INTEGER,
    object_id       BLOB,
    version         INTEGER,
    path            TEXT,
    store           TEXT
) STRICT;
CREATE INDEX events_by_object ON events (object_id, number) WHERE object_id IS NOT NULL;
CREATE INDEX events_by_item ON events (item_id, number) WHERE item_id IS NOT NULL;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never removed'); END;
