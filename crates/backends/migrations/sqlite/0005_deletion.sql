-- An object that was deleted keeps its row, and its name is free for another. The table is made anew, since SQLite
-- changes no constraint of one that is there; rows of other tables point to the same identities as before.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE objects_until_now AS SELECT * FROM objects;
DROP TABLE objects;
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
    state               TEXT NOT NULL DEFAULT 'active',
    deletion_id         INTEGER,
    deleted_at          INTEGER
) STRICT;
INSERT INTO objects (id, institution, name, title, description, access, storage_option, profile_identifier, head, files,
    size_bytes, created_at, updated_at)
    SELECT id, institution, name, title, description, access, storage_option, profile_identifier, head, files,
    size_bytes, created_at, updated_at FROM objects_until_now;
DROP TABLE objects_until_now;
CREATE UNIQUE INDEX objects_by_name ON objects (institution, name) WHERE state = 'active';
CREATE INDEX objects_by_any_name ON objects (institution, name, state, deleted_at);
CREATE INDEX objects_by_time ON objects (updated_at, id);

-- Accounts. Two of them may be the same person's, and it is persons who must agree.
CREATE TABLE users (
    login           TEXT PRIMARY KEY,
    person          TEXT NOT NULL,
    institution     TEXT,
    role            TEXT NOT NULL,
    token_sha256    BLOB NOT NULL,
    is_active       INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    deactivated_at  INTEGER
) STRICT, WITHOUT ROWID;

-- A deletion is asked for once and approved once, whatever number of objects it is about.
CREATE TABLE deletions (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    state               TEXT NOT NULL,
    institution         TEXT,
    scope               TEXT NOT NULL,
    reason              TEXT NOT NULL,
    requested_login     TEXT NOT NULL,
    requested_person    TEXT NOT NULL,
    requested_at        INTEGER NOT NULL,
    approved_login      TEXT,
    approved_person     TEXT,
    approved_at         INTEGER,
    due_at              INTEGER,
    cancelled_login     TEXT,
    cancelled_person    TEXT,
    cancelled_at        INTEGER
) STRICT;
CREATE INDEX deletions_by_state ON deletions (state, id);

-- One row an object that a deletion is about. Object and store are kept by name, for they outlive what they name.
CREATE TABLE deletion_targets (
    deletion_id     INTEGER NOT NULL REFERENCES deletions (id),
    object_id       BLOB NOT NULL,
    institution     TEXT NOT NULL,
    name            TEXT NOT NULL,
    extent          TEXT NOT NULL,
    head            INTEGER NOT NULL,
    files           INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    state           TEXT NOT NULL,
    begun_at        INTEGER,
    item_id         INTEGER,
    because         TEXT,
    deleted_at      INTEGER,
    certificate     TEXT,
    PRIMARY KEY (deletion_id, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deletion_targets_by_object ON deletion_targets (object_id, deletion_id);
CREATE INDEX deletion_targets_by_name ON deletion_targets (institution, name, state);
CREATE INDEX deletion_targets_by_item ON deletion_targets (item_id) WHERE item_id IS NOT NULL;

-- The files that go, as the versions brought them; once they are gone, what was there: digests and sizes, no content.
CREATE TABLE deletion_files (
    deletion_id     INTEGER NOT NULL REFERENCES deletions (id),
    object_id       BLOB NOT NULL,
    path            TEXT NOT NULL,
    version         INTEGER NOT NULL,
    size_bytes      INTEGER NOT NULL,
    sha256          BLOB NOT NULL,
    PRIMARY KEY (deletion_id, object_id, path, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX deletion_files_by_object ON deletion_files (object_id, path);

-- Each store's word that the bytes are gone.
CREATE TABLE deletion_stores (
    deletion_id     INTEGER NOT NULL REFERENCES deletions (id),
    object_id       BLOB NOT NULL,
    store           TEXT NOT NULL,
    confirmed_at    INTEGER NOT NULL,
    PRIMARY KEY (deletion_id, object_id, store)
) STRICT, WITHOUT ROWID;
