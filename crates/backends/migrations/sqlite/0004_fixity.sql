-- What each file of an object's folder must be that is no content: inventories, sidecars, logs. Paths are below the
-- object's folder; the root inventory is that of the newest version.
CREATE TABLE documents (
    object_id       BLOB NOT NULL REFERENCES objects (id),
    path            TEXT NOT NULL,
    version         INTEGER NOT NULL,
    sha256          BLOB NOT NULL,
    PRIMARY KEY (object_id, path)
) STRICT, WITHOUT ROWID;

-- One row an object and store, with all versions: when it was last proven whole, and who is at it now.
CREATE TABLE fixity (
    object_id       BLOB NOT NULL REFERENCES objects (id),
    store           TEXT NOT NULL,
    object_path     TEXT NOT NULL,
    head            INTEGER NOT NULL,
    files           INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    proven_at       INTEGER,
    tried_at        INTEGER,
    result          TEXT,
    queued_at       INTEGER,
    cursor          TEXT,
    lease_owner     TEXT,
    lease_until     INTEGER NOT NULL DEFAULT 0,
    fence           INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (object_id, store)
) STRICT, WITHOUT ROWID;
-- NULL sorts first: what was never proven comes before all.
CREATE INDEX fixity_oldest ON fixity (store, proven_at);
CREATE INDEX fixity_queue ON fixity (proven_at) WHERE queued_at IS NOT NULL;
CREATE INDEX fixity_by_owner ON fixity (lease_owner) WHERE lease_owner IS NOT NULL;

INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at)
    SELECT object_id, store, max(object_path), max(version), sum(files), sum(size_bytes), min(verified_at)
    FROM replicas GROUP BY object_id, store;

-- Checks in which all was right, as ranges: a row says that there were so many between two times, and how long the
-- longest gap between two of them was. Damage ends a range.
CREATE TABLE fixity_ranges (
    object_id       BLOB NOT NULL REFERENCES objects (id),
    store           TEXT NOT NULL,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    checks          INTEGER NOT NULL,
    longest_gap     INTEGER NOT NULL,
    evidence        TEXT NOT NULL,
    is_ended        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (object_id, store, first_at)
) STRICT, WITHOUT ROWID;

-- Damage that was found, kept for ever, once for each file however often it is seen.
CREATE TABLE incidents (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    object_id       BLOB NOT NULL REFERENCES objects (id),
    store           TEXT NOT NULL,
    path            TEXT NOT NULL,
    damage          TEXT NOT NULL,
    expected        BLOB NOT NULL,
    seen            TEXT NOT NULL,
    found_at        INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    state           TEXT NOT NULL,
    ended_at        INTEGER,
    quarantine      TEXT,
    repaired_from   TEXT,
    note            TEXT
) STRICT;
CREATE UNIQUE INDEX incidents_open ON incidents (object_id, store, path) WHERE state = 'open';
CREATE INDEX incidents_repaired ON incidents (store, ended_at) WHERE state = 'repaired';
CREATE TRIGGER incidents_are_not_removed BEFORE DELETE ON incidents
    BEGIN SELECT RAISE(ABORT, 'an incident is never removed'); END;

-- Files with known damage are planted in each store: when a check last found all of it, and what it missed since.
CREATE TABLE canaries (
    store           TEXT PRIMARY KEY,
    caught_at       INTEGER,
    missed_at       INTEGER,
    missed          TEXT
) STRICT, WITHOUT ROWID;
