-- What a file is, by PRONOM, with the evidence and the versions of the signatures that were asked.
ALTER TABLE gathered_files ADD COLUMN format_basis TEXT COLLATE "C";
ALTER TABLE gathered_files ADD COLUMN puid TEXT COLLATE "C";
ALTER TABLE gathered_files ADD COLUMN format_note TEXT COLLATE "C";
ALTER TABLE gathered_files ADD COLUMN format_signatures TEXT COLLATE "C";
ALTER TABLE gathered_files ADD COLUMN format_is_provisional BIGINT NOT NULL DEFAULT 0;

ALTER TABLE file_versions ADD COLUMN puid TEXT COLLATE "C";
ALTER TABLE file_versions ADD COLUMN format_note TEXT COLLATE "C";
ALTER TABLE file_versions ADD COLUMN format_signatures TEXT COLLATE "C";
CREATE INDEX file_versions_by_puid ON file_versions (puid, object_id);
