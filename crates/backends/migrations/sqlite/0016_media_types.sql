-- The files of an object with a media type, found as those with a PUID are: a rare one was looked for among all files.
CREATE INDEX file_versions_by_format ON file_versions (format, object_id);
