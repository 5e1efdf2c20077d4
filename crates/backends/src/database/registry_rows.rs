//! The registry object by object, for holding two of them against each other without having either in memory.

use jiff::Timestamp;
use model::{ObjectId, ObjectIdentifier, StoreId};
use uuid::Uuid;

use super::engine::{QueryBuilder, Row, query, query_scalar};
use super::error::Asked;
use super::registry_dump::one_way;
use super::rows::{identifier, micros};
use super::{Database, DatabaseError};

/// A kind of rows that belong to an object and that every store holds as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryPart {
    /// What a row of it is called.
    pub name: &'static str,
    key: (&'static str, &'static str),
    line: &'static str,
    /// What was told after the deposit, and is in the database alone.
    later: &'static str,
    table: &'static str,
    object: &'static str,
}

/// Every kind. Left out is what no store knows, as ADR 13 lists it.
pub const REGISTRY_PARTS: [RegistryPart; 7] = [
    RegistryPart {
        name: "object",
        key: ("''", "CAST(0 AS BIGINT)"),
        line: "institution, name, title, description, access, storage_option, profile_identifier, head, files, \
               size_bytes, created_at, updated_at",
        later: "",
        table: "objects",
        object: "id",
    },
    RegistryPart {
        name: "version",
        key: ("''", "number"),
        line: "item_id, created_at, files, size_bytes, new_files, new_size_bytes",
        later: "",
        table: "object_versions",
        object: "object_id",
    },
    RegistryPart {
        name: "file",
        key: ("path", "version"),
        line: "ended_by, size_bytes, modified_at, hex(md5), hex(sha1), hex(sha256), hex(sha512), other_digests",
        later: "format, format_basis, puid, format_note, format_signatures",
        table: "file_versions",
        object: "object_id",
    },
    RegistryPart {
        name: "replica",
        key: ("store", "version"),
        line: "object_path, evidence, verified_at, files, size_bytes",
        later: "",
        table: "replicas",
        object: "object_id",
    },
    RegistryPart {
        name: "document",
        key: ("path", "version"),
        line: "hex(sha256)",
        later: "",
        table: "documents",
        object: "object_id",
    },
    RegistryPart {
        name: "held",
        key: ("store", "head"),
        line: "object_path, files, size_bytes",
        later: "",
        table: "fixity",
        object: "object_id",
    },
    RegistryPart {
        name: "event",
        key: ("hex(id)", "item_id"),
        line: "event_type, at, outcome, detail, note, agent, version, path, store",
        later: "",
        table: "events",
        object: "item_id IS NOT NULL AND object_id",
    },
];

/// One row of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryRow {
    /// What it is found by within its object and part; rows come in this order.
    pub key: (String, i64),
    /// All that a store knows of it.
    pub line: String,
    /// What may have been told after the deposit.
    pub later: String,
}

impl Database {
    /// Returns a page of objects in the order of their identity: all of them, or those that a store holds.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn registry_objects(
        &self,
        store: Option<&StoreId>,
        after: Option<ObjectId>,
        most: u32,
    ) -> Result<Vec<(ObjectId, ObjectIdentifier)>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT o.id, o.institution, o.name FROM objects o");
        if let Some(store) = store {
            query.push(" JOIN fixity f ON f.object_id = o.id AND f.store = ").push_bind(store.0.clone());
        }
        if let Some(after) = after {
            query.push(" WHERE o.id > ").push_bind(after.0.as_bytes().to_vec());
        }
        query.push(" ORDER BY o.id LIMIT ").push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list objects")?;
        let object = |row: &Row| {
            let id = Uuid::from_slice(row.get("id")).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
            Ok((ObjectId(id), identifier(row)?))
        };
        rows.iter().map(object).collect()
    }

    /// Returns a page of the rows of one part of an object, in the order of their keys.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn registry_rows(
        &self,
        object: ObjectId,
        part: &RegistryPart,
        after: Option<&(String, i64)>,
        most: u32,
    ) -> Result<Vec<RegistryRow>, DatabaseError> {
        let RegistryPart { key: (text, number), line, later, table, object: of, .. } = part;
        let select = self.pool.engine().json(&format!(
            "SELECT {text} AS text, {number} AS number, CAST(json_array({line}) AS TEXT) AS line, \
             CAST(json_array({later}) AS TEXT) AS later \
             FROM {table} WHERE {of} = $1 AND ({text}, {number}) > ($2, $3) ORDER BY 1, 2 LIMIT $4"
        ));
        let first = (String::new(), i64::MIN);
        let (text, number) = after.unwrap_or(&first);
        let rows = query(select)
            .bind(object.0.as_bytes().as_slice())
            .bind(text)
            .bind(*number)
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .asked("read rows of an object")?;
        let told = |row: &Row| {
            let key = (row.get("text"), row.get("number"));
            Ok(RegistryRow { key, line: one_way(row.get("line"))?, later: one_way(row.get("later"))? })
        };
        rows.iter().map(told).collect()
    }

    /// Says whether a deposit of an object is in work, or was since a time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn was_worked_on(&self, object: &ObjectIdentifier, since: Timestamp) -> Result<bool, DatabaseError> {
        query_scalar(
            "SELECT EXISTS (SELECT 1 FROM work_items WHERE institution = $1 AND name = $2 \
             AND (status IN ('pending', 'started', 'stopped') OR updated_at >= $3))",
        )
        .bind(object.institution.as_str())
        .bind(object.name.as_str())
        .bind(micros(since))
        .fetch_one(&self.pool)
        .await
        .asked("look for deposits in work")
    }
}
