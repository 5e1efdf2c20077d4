//! All that is known of one object, or of one file of it.

use backends::database::{Database, DatabaseError};
use model::{FileVersion, Object, ObjectIdentifier, ObjectVersion, Replica};
use serde::Serialize;

/// All that is known of one object, its files aside.
#[derive(Debug, Serialize)]
pub struct ObjectReport {
    /// The object itself.
    #[serde(flatten)]
    pub object: Object,
    /// Its versions, oldest first.
    pub versions: Vec<ObjectVersion>,
    /// Its replicas, version by version.
    pub replicas: Vec<Replica>,
}

/// All that is known of one file.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// The object that it is of.
    pub identifier: ObjectIdentifier,
    /// Its path in the bag.
    pub path: String,
    /// Whether the newest version of the object has it.
    pub is_current: bool,
    /// Every version of it, oldest first.
    pub history: Vec<FileVersion>,
}

/// Gathers all that is known of an object; `None` when there is none of that name.
///
/// # Errors
/// The database cannot be read.
pub async fn object_report(
    database: &Database,
    identifier: &ObjectIdentifier,
) -> Result<Option<ObjectReport>, DatabaseError> {
    let Some(object) = database.object(identifier).await? else { return Ok(None) };
    let versions = database.object_versions(object.id).await?;
    let replicas = database.replicas(object.id).await?;
    Ok(Some(ObjectReport { object, versions, replicas }))
}

/// Gathers all that is known of a file; `None` when no version of the object has or had it.
///
/// # Errors
/// The database cannot be read.
pub async fn file_report(
    database: &Database,
    object: &Object,
    path: &str,
) -> Result<Option<FileReport>, DatabaseError> {
    let history = database.file_history(object.id, path).await?;
    let Some(newest) = history.last() else { return Ok(None) };
    let is_current = newest.ended_by.is_none();
    Ok(Some(FileReport { identifier: object.identifier.clone(), path: path.to_owned(), is_current, history }))
}
