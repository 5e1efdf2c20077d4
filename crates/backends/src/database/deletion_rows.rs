//! How the rows of deletions become values.

use model::{Agreed, Deletion, DeletionId, DeletionTarget, Extent, ItemId, ObjectId, TargetState};
use uuid::Uuid;

use super::DatabaseError;
use super::engine::Row;
use super::rows::{identifier, optional_time};

fn damaged(error: impl std::fmt::Display) -> DatabaseError {
    DatabaseError::Damaged(error.to_string())
}

/// Returns who agreed to something, by the beginning of the columns' names.
fn agreed(row: &Row, columns: [&'static str; 3]) -> Result<Option<Agreed>, DatabaseError> {
    let [login, person, at] = columns;
    let Some(at) = optional_time(row, at)? else { return Ok(None) };
    Ok(Some(Agreed {
        login: row.get::<String, _>(login).parse().map_err(damaged)?,
        person: row.get::<String, _>(person).parse().map_err(damaged)?,
        at,
    }))
}

pub(super) fn deletion(row: &Row) -> Result<Deletion, DatabaseError> {
    let institution: Option<String> = row.get("institution");
    let requested = agreed(row, ["requested_login", "requested_person", "requested_at"])?;
    Ok(Deletion {
        id: DeletionId(row.get("id")),
        state: row.get::<&str, _>("state").parse().map_err(damaged)?,
        institution: institution.map(|name| name.parse()).transpose().map_err(damaged)?,
        scope: row.get("scope"),
        reason: row.get("reason"),
        requested: requested.ok_or_else(|| damaged("a deletion that nobody requested"))?,
        approved: agreed(row, ["approved_login", "approved_person", "approved_at"])?,
        due_at: optional_time(row, "due_at")?,
        cancelled: agreed(row, ["cancelled_login", "cancelled_person", "cancelled_at"])?,
    })
}

pub(super) fn target(row: &Row) -> Result<DeletionTarget, DatabaseError> {
    let count = |column: &'static str| u64::try_from(row.get::<i64, _>(column)).map_err(damaged);
    Ok(DeletionTarget {
        deletion: DeletionId(row.get("deletion_id")),
        object: ObjectId(Uuid::from_slice(row.get("object_id")).map_err(damaged)?),
        identifier: identifier(row)?,
        extent: extent(row.get("extent")),
        head: u32::try_from(row.get::<i64, _>("head")).map_err(damaged)?,
        files: count("files")?,
        size_bytes: count("size_bytes")?,
        state: TargetState::from_name(row.get("state")).ok_or_else(|| damaged("a deletion in no known state"))?,
        item: row.get::<Option<i64>, _>("item_id").map(ItemId),
        begun_at: optional_time(row, "begun_at")?,
        because: row.get("because"),
        deleted_at: optional_time(row, "deleted_at")?,
    })
}

fn extent(name: &str) -> Extent {
    if name == Extent::Object.name() { Extent::Object } else { Extent::Files }
}
