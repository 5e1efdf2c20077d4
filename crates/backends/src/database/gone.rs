//! What was deleted: the answer to whoever asks for it afterwards.

use jiff::Timestamp;
use model::{
    Confirmed, DeletedFile, DeletedObject, DeletionId, DeletionTarget, Event, Gone, ItemId, Object, ObjectId,
    ObjectIdentifier, StoreId,
};

use super::deletion_rows::{deletion, target};
use super::engine::{Connection, QueryBuilder, Row, query, query_as, query_scalar};
use super::error::Asked;
use super::events::stored;
use super::objects::push_filter;
use super::rows::{micros, object, optional_time};
use super::{Database, DatabaseError, ObjectFilter};

impl Database {
    /// Says who deleted the newest object that had this name, and when; none when none was deleted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn gone_object(&self, identifier: &ObjectIdentifier) -> Result<Option<Gone>, DatabaseError> {
        let mut connection = self.pool.begin().await.asked("read a deletion")?;
        gone_object(&mut connection, identifier).await
    }

    /// Says who deleted a file of an object, and when; none when it was not deleted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn gone_file(&self, object: ObjectId, path: &str) -> Result<Option<Gone>, DatabaseError> {
        let mut connection = self.pool.begin().await.asked("read a deletion")?;
        gone_file(&mut connection, object, path).await
    }

    /// Returns the deletion whose bytes are going now of the object of this name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn deletion_under_way(&self, identifier: &ObjectIdentifier) -> Result<Option<DeletionId>, DatabaseError> {
        let id: Option<i64> = query_scalar(
            "SELECT deletion_id FROM deletion_targets WHERE institution = $1 AND name = $2 AND state = 'removing' LIMIT 1",
        )
        .bind(identifier.institution.as_str())
        .bind(identifier.name.as_str())
        .fetch_optional(&self.pool)
        .await
        .asked("look for deletions under way")?;
        Ok(id.map(DeletionId))
    }

    /// Lists objects that were deleted whole, in the order of institution, name and time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn deleted_objects(&self, filter: &ObjectFilter) -> Result<Vec<DeletedObject>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM objects WHERE state = 'deleted'");
        match (&filter.after, filter.deleted_after) {
            (Some(after), Some(time)) => {
                query.push(" AND (institution, name, deleted_at) > (").push_bind(after.institution.as_str().to_owned());
                query.push(", ").push_bind(after.name.as_str().to_owned());
                query.push(", ").push_bind(micros(time)).push(")");
                push_filter(&mut query, &ObjectFilter { after: None, ..filter.clone() });
            }
            _ => push_filter(&mut query, filter),
        }
        query.push(" ORDER BY institution, name, deleted_at LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list deleted objects")?;
        rows.iter().map(deleted_object).collect()
    }

    /// Returns the object of a name: the one that is held, or else the one that was deleted last.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn known_object(&self, identifier: &ObjectIdentifier) -> Result<Option<Object>, DatabaseError> {
        let row =
            query("SELECT * FROM objects WHERE institution = $1 AND name = $2 ORDER BY state, deleted_at DESC LIMIT 1")
                .bind(identifier.institution.as_str())
                .bind(identifier.name.as_str())
                .fetch_optional(&self.pool)
                .await
                .asked("read an object")?;
        row.as_ref().map(object).transpose()
    }

    /// Returns an object as it was before it was deleted, or as it is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn object_by_id(&self, id: ObjectId) -> Result<Option<Object>, DatabaseError> {
        let query = query("SELECT * FROM objects WHERE id = $1").bind(id.0.as_bytes().as_slice());
        let row = query.fetch_optional(&self.pool).await.asked("read an object")?;
        row.as_ref().map(object).transpose()
    }

    /// Lists the files that a deletion is about or took of an object, after a file, at most so many. Those of an object
    /// that goes whole are known once they are gone.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn deleted_files(
        &self,
        deletion: DeletionId,
        object: ObjectId,
        after: Option<(&str, u32)>,
        most: u32,
    ) -> Result<Vec<DeletedFile>, DatabaseError> {
        let rows = query(
            "SELECT * FROM deletion_files WHERE deletion_id = $1 AND object_id = $2 AND (path, version) > ($3, $4) \
             ORDER BY path, version LIMIT $5",
        )
        .bind(deletion.0)
        .bind(object.0.as_bytes().as_slice())
        .bind(after.map_or("", |(path, _)| path))
        .bind(after.map_or(0, |(_, version)| i64::from(version)))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("list deleted files")?;
        Ok(rows.iter().map(deleted_file).collect())
    }

    /// Lists the files that were deleted of an object as one version had them, after a file, at most so many, each with
    /// the deletion.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn files_gone_from(
        &self,
        object: ObjectId,
        version: u32,
        most: u32,
    ) -> Result<Vec<(DeletedFile, DeletionId)>, DatabaseError> {
        let rows = query(
            "SELECT f.* FROM deletion_files f JOIN deletion_targets t ON t.deletion_id = f.deletion_id \
             AND t.object_id = f.object_id WHERE f.object_id = $1 AND t.state = 'deleted' AND f.version <= $2 \
             ORDER BY f.path, f.version LIMIT $3",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(i64::from(version))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("list deleted files")?;
        Ok(rows.iter().map(|row| (deleted_file(row), DeletionId(row.get("deletion_id")))).collect())
    }

    /// Returns what a work item deletes.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn target_of_item(&self, item: ItemId) -> Result<Option<DeletionTarget>, DatabaseError> {
        let query = query("SELECT * FROM deletion_targets WHERE item_id = $1").bind(item.0);
        let row = query.fetch_optional(&self.pool).await.asked("read the target of a deletion")?;
        row.as_ref().map(target).transpose()
    }

    /// Returns which stores have confirmed that the bytes are gone.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn confirmed_stores(
        &self,
        deletion: DeletionId,
        object: ObjectId,
    ) -> Result<Vec<Confirmed>, DatabaseError> {
        let rows = query("SELECT * FROM deletion_stores WHERE deletion_id = $1 AND object_id = $2 ORDER BY store")
            .bind(deletion.0)
            .bind(object.0.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .asked("read which stores have confirmed")?;
        let confirmed = |row: &Row| {
            let at = optional_time(row, "confirmed_at")?.unwrap_or_default();
            Ok(Confirmed { store: StoreId(row.get("store")), at })
        };
        rows.iter().map(confirmed).collect()
    }

    /// Returns the certificates of a deletion, one an object, in the order of their names.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn certificates(&self, deletion: DeletionId) -> Result<Vec<String>, DatabaseError> {
        query_scalar(
            "SELECT certificate FROM deletion_targets WHERE deletion_id = $1 AND certificate IS NOT NULL \
             ORDER BY institution, name, object_id",
        )
        .bind(deletion.0)
        .fetch_all(&self.pool)
        .await
        .asked("read certificates")
    }

    /// Returns the certificate of the deletion of one object, once it is recorded.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn certificate(&self, deletion: DeletionId, object: ObjectId) -> Result<Option<String>, DatabaseError> {
        let text = "SELECT certificate FROM deletion_targets WHERE deletion_id = $1 AND object_id = $2";
        let query = query_scalar(text).bind(deletion.0).bind(object.0.as_bytes().as_slice());
        let found: Option<Option<String>> = query.fetch_optional(&self.pool).await.asked("read a certificate")?;
        Ok(found.flatten())
    }

    /// Returns all events of an object that work brought about, oldest first: those that its tombstone tells.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn events_of_work(&self, object: ObjectId) -> Result<Vec<Event>, DatabaseError> {
        let rows = query("SELECT * FROM events WHERE object_id = $1 AND item_id IS NOT NULL ORDER BY number")
            .bind(object.0.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .asked("list events")?;
        rows.iter().map(|row| stored(row).map(|stored| stored.event)).collect()
    }

    /// Returns the incidents of an object in a store, which may have kept wrong bytes: the number of each, the path that it is
    /// about (empty for all of the object), and the digest that was expected.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn quarantined(
        &self,
        object: ObjectId,
        store: &StoreId,
    ) -> Result<Vec<(i64, String, Vec<u8>)>, DatabaseError> {
        let text = "SELECT id, path, expected FROM incidents WHERE object_id = $1 AND store = $2";
        let query = query_as(text).bind(object.0.as_bytes().as_slice()).bind(&store.0);
        query.fetch_all(&self.pool).await.asked("list what is in quarantine")
    }
}

pub(super) async fn gone_object(
    connection: &mut Connection,
    identifier: &ObjectIdentifier,
) -> Result<Option<Gone>, DatabaseError> {
    let row = query(
        "SELECT d.*, o.deleted_at FROM objects o JOIN deletions d ON d.id = o.deletion_id \
         WHERE o.institution = $1 AND o.name = $2 AND o.state = 'deleted' ORDER BY o.deleted_at DESC LIMIT 1",
    )
    .bind(identifier.institution.as_str())
    .bind(identifier.name.as_str())
    .fetch_optional(connection)
    .await
    .asked("look for a deletion")?;
    row.as_ref().map(gone).transpose()
}

pub(super) async fn gone_file(
    connection: &mut Connection,
    object: ObjectId,
    path: &str,
) -> Result<Option<Gone>, DatabaseError> {
    let row = query(
        "SELECT d.*, t.deleted_at FROM deletion_files f JOIN deletion_targets t ON t.deletion_id = f.deletion_id \
         AND t.object_id = f.object_id JOIN deletions d ON d.id = f.deletion_id \
         WHERE f.object_id = $1 AND f.path = $2 AND t.state = 'deleted' ORDER BY t.deleted_at DESC LIMIT 1",
    )
    .bind(object.0.as_bytes().as_slice())
    .bind(path)
    .fetch_optional(connection)
    .await
    .asked("look for a deletion")?;
    row.as_ref().map(gone).transpose()
}

fn gone(row: &Row) -> Result<Gone, DatabaseError> {
    let deleted_at: Option<Timestamp> = optional_time(row, "deleted_at")?;
    Ok(Gone { deletion: deletion(row)?, deleted_at: deleted_at.unwrap_or_default() })
}

fn deleted_object(row: &Row) -> Result<DeletedObject, DatabaseError> {
    Ok(DeletedObject {
        object: object(row)?,
        deletion: DeletionId(row.get("deletion_id")),
        deleted_at: optional_time(row, "deleted_at")?.unwrap_or_default(),
    })
}

fn deleted_file(row: &Row) -> DeletedFile {
    let sha256: Vec<u8> = row.get("sha256");
    DeletedFile {
        path: row.get("path"),
        version: u32::try_from(row.get::<i64, _>("version")).unwrap_or(0),
        size_bytes: u64::try_from(row.get::<i64, _>("size_bytes")).unwrap_or(0),
        sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
