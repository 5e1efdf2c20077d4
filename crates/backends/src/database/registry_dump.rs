//! The registry as text, for comparing two of them: that part which every store holds as well.

use std::io::Write;

use super::engine::query;
use super::error::Asked;
use super::{Database, DatabaseError};

/// Rows read at once.
const PAGE_ROWS: i64 = 5_000;

/// What is written of each table: one JSON array a row, in the order of its key. Left out is what a store does not
/// know: numbers that only count, when an institution or store was added, how checks stand, and what no deposit told.
const TABLES: &[&str] = &[
    "SELECT json_array('institution', name) AS line FROM institutions \
     WHERE name IN (SELECT institution FROM objects) ORDER BY name",
    "SELECT json_array('store', id) AS line FROM stores WHERE id IN (SELECT store FROM replicas) ORDER BY id",
    "SELECT json_array('object', hex(id), institution, name, title, description, access, storage_option, \
     profile_identifier, head, files, size_bytes, created_at, updated_at, state, deletion_id, deleted_at) AS line \
     FROM objects ORDER BY id",
    "SELECT json_array('version', hex(object_id), number, item_id, created_at, files, size_bytes, new_files, \
     new_size_bytes) AS line FROM object_versions ORDER BY object_id, number",
    "SELECT json_array('file', hex(object_id), path, version, ended_by, size_bytes, modified_at, format, format_basis, \
     puid, format_note, format_signatures, hex(md5), hex(sha1), hex(sha256), hex(sha512), other_digests) AS line \
     FROM file_versions ORDER BY object_id, path, version",
    "SELECT json_array('replica', hex(object_id), version, store, object_path, evidence, verified_at, files, \
     size_bytes) AS line FROM replicas ORDER BY object_id, version, store",
    "SELECT json_array('document', hex(object_id), path, version, hex(sha256)) AS line FROM documents \
     ORDER BY object_id, path",
    "SELECT json_array('held', hex(object_id), store, object_path, head, files, size_bytes) AS line FROM fixity \
     ORDER BY object_id, store",
    "SELECT json_array('event', hex(id), event_type, at, outcome, detail, note, agent, item_id, hex(object_id), \
     version, path, store) AS line FROM events WHERE item_id IS NOT NULL AND object_id IS NOT NULL ORDER BY id",
    "SELECT json_array('deletion', id, institution, scope, reason, requested_login, requested_person, requested_at, \
     approved_login, approved_person, approved_at, due_at) AS line FROM deletions \
     WHERE id IN (SELECT deletion_id FROM deletion_targets WHERE state = 'deleted') ORDER BY id",
    "SELECT json_array('deleted', deletion_id, hex(object_id), institution, name, extent, head, files, size_bytes, \
     item_id, begun_at, deleted_at, certificate) AS line FROM deletion_targets WHERE state = 'deleted' \
     ORDER BY deletion_id, object_id",
    "SELECT json_array('deleted file', f.deletion_id, hex(f.object_id), f.path, f.version, f.size_bytes, hex(f.sha256)) \
     AS line FROM deletion_files f JOIN deletion_targets t ON t.deletion_id = f.deletion_id \
     AND t.object_id = f.object_id WHERE t.state = 'deleted' ORDER BY f.deletion_id, f.object_id, f.path, f.version",
    "SELECT json_array('gone from', s.deletion_id, hex(s.object_id), s.store, s.confirmed_at) AS line \
     FROM deletion_stores s JOIN deletion_targets t ON t.deletion_id = s.deletion_id AND t.object_id = s.object_id \
     WHERE t.state = 'deleted' ORDER BY s.deletion_id, s.object_id, s.store",
];

impl Database {
    /// Writes the part of the registry that a rebuilt one has as well, the same text for the same rows,
    /// whichever the engine.
    ///
    /// # Errors
    /// The database cannot be read, or the text not be written.
    pub async fn dump_registry(&self, out: &mut (impl Write + Send)) -> Result<(), DatabaseError> {
        let refused = |error: std::io::Error| DatabaseError::Query { what: "be written as text", source: error.into() };
        for table in TABLES {
            let mut offset = 0;
            loop {
                let text = self.pool.engine().json(&format!("{table} LIMIT {PAGE_ROWS} OFFSET {offset}"));
                let page = query(format!("SELECT CAST(line AS TEXT) AS line FROM ({text}) AS page"));
                let page = page.fetch_all(&self.pool).await.asked("be written as text")?;
                for row in &page {
                    writeln!(out, "{}", one_way(row.get("line"))?).map_err(refused)?;
                }
                if page.is_empty() {
                    break;
                }
                offset += PAGE_ROWS;
            }
        }
        Ok(())
    }
}

/// Returns JSON as this program writes it, whichever engine wrote it.
pub(super) fn one_way(line: &str) -> Result<String, DatabaseError> {
    let value: serde_json::Value =
        serde_json::from_str(line).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
    Ok(value.to_string())
}
