-- What a file is, by PRONOM, with the evidence and the versions of the signatures that were asked.
ALTER TABLE gathered_files ADD COLUMN format_basis TEXT;
ALTER TABLE gathered_files ADD COLUMN puid TEXT;
ALTER TABLE gathered_files ADD COLUMN format_note TEXT;
ALTER TABLE gathered_files ADD COLUMN format_signatures TEXT;
ALTER TABLE gathered_files ADD COLUMN format_is_provisional INTEGER NOT NULL DEFAULT 0;

ALTER TABLE file_versions ADD COLUMN puid TEXT;
ALTER TABLE file_versions ADD COLUMN format_note TEXT;
ALTER TABLE file_versions ADD COLUMN format_signatures TEXT;
CREATE INDEX file_versions_by_puid ON file_versions (puid, object_id);
