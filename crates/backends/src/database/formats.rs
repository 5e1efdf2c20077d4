//! The formats of held files: who is to be looked at again, and what came of it.

use model::{Event, FileFormat, FileVersion, FormatBasis, Object, ObjectId};

use super::engine::QueryBuilder;
use super::error::Asked;
use super::rows::{file_version, object};
use super::settle::add_events;
use super::{Database, DatabaseError};

/// Rows written by one statement.
const ROWS_PER_STATEMENT: usize = 500;

/// Which held files are to be identified again.
#[derive(Debug, Clone, Default)]
pub struct FormatFilter {
    /// With this PUID only.
    pub puid: Option<String>,
    /// Identified by binary signatures older than this version only, or by none.
    pub older_than: Option<u32>,
    /// Not by the signatures of exactly these versions.
    pub not_by: Option<String>,
    /// Those whose format a person has set too.
    pub with_overrides: bool,
}

/// Where a page of files begins: behind this path and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCursor {
    /// The path of the last file.
    pub path: String,
    /// Its version.
    pub version: u32,
}

/// A file whose format was looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledFormat {
    /// Its path.
    pub path: String,
    /// The version that brought its bytes.
    pub version: u32,
    /// What it is.
    pub format: FileFormat,
}

/// Which formats a newly settled one may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaces {
    /// All but those that a person has set, even a moment ago.
    AllButPersons,
    /// Whatever is there.
    Anything,
}

impl Database {
    /// Returns the next object, in the order of identities, that has files to be identified again.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn object_to_identify(
        &self,
        after: Option<ObjectId>,
        filter: &FormatFilter,
    ) -> Result<Option<Object>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM objects o WHERE o.state = 'active'");
        if let Some(after) = after {
            query.push(" AND o.id > ").push_bind(after.0.as_bytes().to_vec());
        }
        query.push(" AND EXISTS (SELECT 1 FROM file_versions f WHERE f.object_id = o.id");
        push_filter(&mut query, filter);
        query.push(") ORDER BY o.id LIMIT 1");
        let row = query.build().fetch_optional(&self.pool).await.asked("look for files to identify")?;
        row.as_ref().map(object).transpose()
    }

    /// Returns files of an object that are to be identified again, past ones too, in the order of paths.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn files_to_identify(
        &self,
        object: ObjectId,
        after: Option<&FileCursor>,
        filter: &FormatFilter,
        most: u32,
    ) -> Result<Vec<FileVersion>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM file_versions f WHERE f.object_id = ");
        query.push_bind(object.0.as_bytes().to_vec());
        if let Some(after) = after {
            query.push(" AND (f.path, f.version) > (").push_bind(after.path.clone());
            query.push(", ").push_bind(i64::from(after.version)).push(")");
        }
        push_filter(&mut query, filter);
        query.push(" ORDER BY f.path, f.version LIMIT ").push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.pool).await.asked("read files to identify")?;
        rows.iter().map(file_version).collect()
    }

    /// Notes what files of an object are, and the event that says so, in one transaction.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn settle_formats(
        &self,
        object: ObjectId,
        settled: &[SettledFormat],
        replaces: Replaces,
        event: Option<&Event>,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        for rows in settled.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::new("WITH known (path, version, format, basis, puid, note, signatures) AS (");
            query.push_values(rows, |mut row, file| {
                row.push_bind(&file.path)
                    .push_bind(i64::from(file.version))
                    .push_bind(&file.format.media_type)
                    .push_bind(file.format.basis.name())
                    .push_bind(file.format.puid.as_deref())
                    .push_bind(file.format.note.as_deref())
                    .push_bind(file.format.signatures.as_deref());
            });
            query.push(
                ") UPDATE file_versions SET format = known.format, format_basis = known.basis, puid = known.puid, \
                 format_note = known.note, format_signatures = known.signatures FROM known \
                 WHERE file_versions.path = known.path AND file_versions.version = known.version \
                 AND file_versions.object_id = ",
            );
            query.push_bind(object.0.as_bytes().to_vec());
            if replaces == Replaces::AllButPersons {
                query.push(" AND file_versions.format_basis <> ").push_bind(FormatBasis::Person.name());
            }
            query.build().execute(&mut *transaction).await.asked("note formats")?;
        }
        if let Some(event) = event {
            add_events(&mut transaction, std::slice::from_ref(event)).await?;
        }
        transaction.commit().await.asked("note formats")
    }
}

fn push_filter(query: &mut QueryBuilder, filter: &FormatFilter) {
    if let Some(puid) = &filter.puid {
        query.push(" AND f.puid = ").push_bind(puid.clone());
    }
    if let Some(version) = filter.older_than {
        // The binary signatures' version stands before the slash; what is compared are the digits up to it.
        query.push_twins(
            " AND CAST(coalesce(f.format_signatures, '0') AS INTEGER) < ",
            " AND CAST(coalesce(substring(f.format_signatures FROM '^[0-9]{1,18}'), '0') AS BIGINT) < ",
        );
        query.push_bind(i64::from(version));
    }
    if let Some(versions) = &filter.not_by {
        query.push(" AND f.format_signatures IS DISTINCT FROM ").push_bind(versions.clone());
    }
    if !filter.with_overrides {
        query.push(" AND f.format_basis <> ").push_bind(FormatBasis::Person.name());
    }
}
