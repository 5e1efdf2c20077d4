//! Looking at what is held: objects, versions, files, replicas.

use jiff::Timestamp;
use model::{FileVersion, InstitutionName, ItemId, Object, ObjectId, ObjectIdentifier, ObjectVersion, Replica};

use super::engine::{QueryBuilder, query};
use super::error::Asked;
use super::rows::{file_version, object, object_version, replica};
use super::{Database, DatabaseError};

/// Which objects to list: by institution and name, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct ObjectFilter {
    /// Of this institution only.
    pub institution: Option<InstitutionName>,
    /// Whose name begins so.
    pub name_starts_with: Option<String>,
    /// With this storage option only.
    pub storage_option: Option<String>,
    /// Only those after this one: the cursor.
    pub after: Option<ObjectIdentifier>,
    /// With `after`, where deleted objects are listed: of its own name too, those that were deleted later than this. A name
    /// may be deleted many times.
    pub deleted_after: Option<Timestamp>,
    /// At most so many.
    pub most: u32,
}

/// Which files of an object to list: by path, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct FileFilter {
    /// As this version has them; the newest without it.
    pub version: Option<u32>,
    /// Whose path begins so.
    pub path_starts_with: Option<String>,
    /// With this format only: a PUID or a media type.
    pub format: Option<String>,
    /// Only those after this path: the cursor.
    pub after: Option<String>,
    /// At most so many.
    pub most: u32,
}

impl Database {
    /// Returns the object of a name that is held.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn object(&self, identifier: &ObjectIdentifier) -> Result<Option<Object>, DatabaseError> {
        let row = query("SELECT * FROM objects WHERE institution = $1 AND name = $2 AND state = 'active'")
            .bind(identifier.institution.as_str())
            .bind(identifier.name.as_str())
            .fetch_optional(&self.pool)
            .await
            .asked("read an object")?;
        row.as_ref().map(object).transpose()
    }

    /// Lists objects that are held in the order of institution and name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn objects(&self, filter: &ObjectFilter) -> Result<Vec<Object>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT objects.* FROM objects");
        let is_of_all = filter.institution.is_none() && filter.name_starts_with.is_some();
        if is_of_all {
            // The index begins with the institution: a name is looked for in one after the other.
            query = QueryBuilder::new(
                "SELECT objects.* FROM (SELECT name AS owner FROM institutions) known CROSS JOIN objects",
            );
        }
        query.push(" WHERE state = 'active'").push(if is_of_all { " AND institution = owner" } else { "" });
        push_filter(&mut query, filter);
        query.push(if is_of_all { " ORDER BY owner, name LIMIT " } else { " ORDER BY institution, name LIMIT " });
        query.push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list objects")?;
        rows.iter().map(object).collect()
    }

    /// Returns the versions of an object, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn object_versions(&self, id: ObjectId) -> Result<Vec<ObjectVersion>, DatabaseError> {
        let rows = query("SELECT * FROM object_versions WHERE object_id = $1 ORDER BY number")
            .bind(id.0.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .asked("list versions")?;
        rows.iter().map(object_version).collect()
    }

    /// Returns the version that a work item made, if it made one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn version_of_item(&self, id: ObjectId, item: ItemId) -> Result<Option<ObjectVersion>, DatabaseError> {
        Ok(self.object_versions(id).await?.into_iter().find(|version| version.item == item))
    }

    /// Lists files of an object in the order of their paths.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn files(&self, id: ObjectId, filter: &FileFilter) -> Result<Vec<FileVersion>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM file_versions WHERE object_id = ");
        query.push_bind(id.0.as_bytes().to_vec());
        match filter.version {
            None => {
                query.push(" AND ended_by IS NULL");
            }
            Some(version) => {
                query.push(" AND version <= ").push_bind(i64::from(version));
                query.push(" AND (ended_by IS NULL OR ended_by > ").push_bind(i64::from(version)).push(")");
            }
        }
        if let Some(start) = &filter.path_starts_with {
            push_starts_with(&mut query, "path", start);
        }
        if let Some(format) = &filter.format {
            // Never both at once: no index serves an "or" of two columns.
            query.push(if is_media_type(format) { " AND format = " } else { " AND puid = " });
            query.push_bind(format.as_str());
        }
        if let Some(after) = &filter.after {
            query.push(" AND path > ").push_bind(after.as_str());
        }
        query.push(" ORDER BY path LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list files")?;
        rows.iter().map(file_version).collect()
    }

    /// Returns every version of one file, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn file_history(&self, id: ObjectId, path: &str) -> Result<Vec<FileVersion>, DatabaseError> {
        let rows = query("SELECT * FROM file_versions WHERE object_id = $1 AND path = $2 ORDER BY version")
            .bind(id.0.as_bytes().as_slice())
            .bind(path)
            .fetch_all(&self.pool)
            .await
            .asked("read a file's history")?;
        rows.iter().map(file_version).collect()
    }

    /// Returns the replicas of an object, version by version.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn replicas(&self, id: ObjectId) -> Result<Vec<Replica>, DatabaseError> {
        let rows = query("SELECT * FROM replicas WHERE object_id = $1 ORDER BY version, store")
            .bind(id.0.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .asked("list replicas")?;
        rows.iter().map(replica).collect()
    }
}

/// Asks for those objects only that a filter lets pass.
pub(super) fn push_filter(query: &mut QueryBuilder, filter: &ObjectFilter) {
    if let Some(institution) = &filter.institution {
        query.push(" AND institution = ").push_bind(institution.as_str().to_owned());
    }
    if let Some(start) = &filter.name_starts_with {
        push_starts_with(query, "name", start);
    }
    if let Some(option) = &filter.storage_option {
        query.push(" AND storage_option = ").push_bind(option.clone());
    }
    if let Some(after) = &filter.after {
        query.push(" AND (institution, name) > (").push_bind(after.institution.as_str().to_owned());
        query.push(", ").push_bind(after.name.as_str().to_owned()).push(")");
    }
}

/// Asks for a beginning in a way that an index serves and that no character of the text can break.
fn push_starts_with(query: &mut QueryBuilder, column: &str, start: &str) {
    query.push(format!(" AND {column} >= ")).push_bind(start.to_owned());
    // Without an end, a beginning that few have is looked for in all that comes after it. Texts are compared byte by byte,
    // so what lies between the two begins so, and nothing else does.
    if let Some(end) = after_all_that_start_with(start) {
        query.push(format!(" AND {column} < ")).push_bind(end);
    }
}

/// Returns the first text, byte by byte, after all that begin so; none when there is no such text.
fn after_all_that_start_with(start: &str) -> Option<String> {
    let mut letters: Vec<_> = start.chars().collect();
    while let Some(last) = letters.pop() {
        // A range passes over the surrogates, which are no characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// The top-level types of IANA's registry: what begins so is a media type, and anything else a PUID.
const TOP_LEVEL_TYPES: [&str; 12] = [
    "application",
    "audio",
    "chemical",
    "example",
    "font",
    "haptics",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];

fn is_media_type(format: &str) -> bool {
    format.split_once('/').is_some_and(|(top, _)| TOP_LEVEL_TYPES.contains(&top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_text_comes_before_the_text_after_it() {
        let check = |start: &str, expected: Option<&str>| {
            assert_eq!(after_all_that_start_with(start).as_deref(), expected, "{start:?}");
        };
        check("data/", Some("data0"));
        check("a", Some("b"));
        check("ä", Some("å"));
        check("a\u{d7ff}", Some("a\u{e000}"));
        check("a\u{10ffff}", Some("b"));
        check("\u{10ffff}", None);
        check("", None);
    }

    #[test]
    fn a_media_type_and_a_puid_are_told_apart() {
        assert!(is_media_type("image/tiff") && is_media_type("application/pdf"));
        assert!(!is_media_type("fmt/353") && !is_media_type("x-fmt/111") && !is_media_type("local/1"));
    }
}
