-- The version is planned and stored in the order of paths, page by page; without this each page sorted all members.
CREATE INDEX gathered_files_by_path ON gathered_files (item_id, path);
