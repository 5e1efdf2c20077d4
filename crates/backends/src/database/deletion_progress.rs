//! How far all targets of a deletion are: one statement for all of them, since there may be thousands.

use std::collections::BTreeMap;

use model::{Confirmed, DeletionId, ObjectId, StoreId};

use super::engine::{Row, query};
use super::error::Asked;
use super::rows::{object_id, optional_time};
use super::{Database, DatabaseError};

impl Database {
    /// Returns which stores have confirmed, by object, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn confirmed_stores_of_all(
        &self,
        id: DeletionId,
    ) -> Result<BTreeMap<ObjectId, Vec<Confirmed>>, DatabaseError> {
        let text = "SELECT object_id, store, confirmed_at FROM deletion_stores WHERE deletion_id = $1 ORDER BY store";
        let reading = query(text).bind(id.0).fetch_all(&self.pool);
        let rows = reading.await.asked("read which stores have confirmed")?;
        by_object(&rows, |row| {
            let at = optional_time(row, "confirmed_at")?.unwrap_or_default();
            Ok(Confirmed { store: StoreId(row.get("store")), at })
        })
    }

    /// Returns the stores that hold each target, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn stores_of_targets(&self, id: DeletionId) -> Result<BTreeMap<ObjectId, Vec<StoreId>>, DatabaseError> {
        let text = "SELECT f.object_id, f.store FROM deletion_targets t JOIN fixity f ON f.object_id = t.object_id \
            WHERE t.deletion_id = $1 ORDER BY f.store";
        let rows = query(text).bind(id.0).fetch_all(&self.pool).await.asked("list the stores of objects")?;
        by_object(&rows, |row| Ok(StoreId(row.get("store"))))
    }

    /// Returns what the work of each target waits for, or what went wrong.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn errors_of_targets(&self, id: DeletionId) -> Result<BTreeMap<ObjectId, String>, DatabaseError> {
        let text = "SELECT t.object_id, w.last_error FROM deletion_targets t JOIN work_items w ON w.id = t.item_id \
            WHERE t.deletion_id = $1 AND w.last_error IS NOT NULL";
        let rows = query(text).bind(id.0).fetch_all(&self.pool).await.asked("read the work of a deletion")?;
        rows.iter().map(|row| Ok((object_id(row.get("object_id"))?, row.get("last_error")))).collect()
    }
}

fn by_object<T>(
    rows: &[Row],
    value: impl Fn(&Row) -> Result<T, DatabaseError>,
) -> Result<BTreeMap<ObjectId, Vec<T>>, DatabaseError> {
    let mut values: BTreeMap<_, Vec<T>> = BTreeMap::new();
    for row in rows {
        values.entry(object_id(row.get("object_id"))?).or_default().push(value(row)?);
    }
    Ok(values)
}
