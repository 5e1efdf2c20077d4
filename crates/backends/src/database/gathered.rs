//! The members of a package in work: added in batches as they are read, so that a killed step does what is left.

use model::{
    Claim, Disposition, FileFormat, FormatBasis, GatheredFile, ItemId, ObjectId, PlacedFile, ReDeposit, Totals,
};

use super::engine::{QueryBuilder, Row, Transaction, query, query_scalar};
use super::error::Asked;
use super::rows::{basis_count, gathered_file, placed_file, signed};
use super::{Database, DatabaseError};

/// Rows written by one statement.
const ROWS_PER_STATEMENT: usize = 500;

/// What becomes of the row of a member that is read again.
const REPLACE: &str = " ON CONFLICT (item_id, place) DO UPDATE SET path = excluded.path, size_bytes = excluded.size_bytes, \
    offset_bytes = excluded.offset_bytes, modified_at = excluded.modified_at, md5 = excluded.md5, sha1 = excluded.sha1, \
    sha256 = excluded.sha256, sha512 = excluded.sha512, other_digests = excluded.other_digests, \
    disposition = excluded.disposition, format = excluded.format, format_basis = excluded.format_basis, \
    puid = excluded.puid, format_note = excluded.format_note, format_signatures = excluded.format_signatures, \
    format_is_provisional = excluded.format_is_provisional";

/// A member to be added, and what becomes of it as far as that is known from its path.
#[derive(Debug, Clone)]
pub struct NewGathered {
    /// The member.
    pub file: GatheredFile,
    /// `NotKept`, or `New` until it is compared with the held version.
    pub disposition: Disposition,
}

impl Database {
    /// Adds members, or replaces those of the same place, if the claim still holds.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn add_gathered(&self, claim: &Claim, files: &[NewGathered]) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        assert_held(&mut transaction, claim).await?;
        for rows in files.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::new(
                "INSERT INTO gathered_files (item_id, place, path, size_bytes, offset_bytes, modified_at, \
                 md5, sha1, sha256, sha512, other_digests, disposition, format, format_basis, puid, format_note, \
                 format_signatures, format_is_provisional) ",
            );
            query.push_values(rows, |mut row, new| {
                let file = &new.file;
                row.push_bind(claim.item.id.0)
                    .push_bind(i64::from(file.place))
                    .push_bind(&file.path)
                    .push_bind(signed(file.size_bytes))
                    .push_bind(signed(file.offset_bytes))
                    .push_bind(file.modified_at)
                    .push_bind(file.md5.as_deref())
                    .push_bind(file.sha1.as_deref())
                    .push_bind(file.sha256.as_deref())
                    .push_bind(file.sha512.as_deref())
                    .push_bind(file.other_digests.as_deref())
                    .push_bind(new.disposition.number())
                    .push_bind(file.format.as_ref().map(|format| format.media_type.as_str()))
                    .push_bind(file.format.as_ref().map(|format| format.basis.name()))
                    .push_bind(file.format.as_ref().and_then(|format| format.puid.as_deref()))
                    .push_bind(file.format.as_ref().and_then(|format| format.note.as_deref()))
                    .push_bind(file.format.as_ref().and_then(|format| format.signatures.as_deref()))
                    .push_bind(file.has_provisional_format);
            });
            query.push(REPLACE);
            query.build().execute(&mut *transaction).await.asked("add gathered files")?;
        }
        transaction.commit().await.asked("add gathered files")
    }

    /// Forgets all members of an item, for a gather that starts anew.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn clear_gathered(&self, claim: &Claim) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        assert_held(&mut transaction, claim).await?;
        query("DELETE FROM gathered_files WHERE item_id = $1")
            .bind(claim.item.id.0)
            .execute(&mut *transaction)
            .await
            .asked("forget gathered files")?;
        transaction.commit().await.asked("forget gathered files")
    }

    /// Returns members in the order of the package, from a place on, at most so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn gathered(&self, item: ItemId, from: u32, most: u32) -> Result<Vec<GatheredFile>, DatabaseError> {
        self.gathered_that(item, from, most, "true").await
    }

    /// Returns the members that belong to the object and are new or changed, from a place on, at most so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn gathered_to_store(
        &self,
        item: ItemId,
        from: u32,
        most: u32,
    ) -> Result<Vec<GatheredFile>, DatabaseError> {
        self.gathered_that(item, from, most, "disposition IN (1, 2)").await
    }

    /// Returns the members to be stored whose format a look into them settles, from a place on, at most so many. Those
    /// that were looked into before are among them: their staged bytes may have been damaged, and unpacked again.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn gathered_to_identify(
        &self,
        item: ItemId,
        from: u32,
        most: u32,
    ) -> Result<Vec<GatheredFile>, DatabaseError> {
        let open = "disposition IN (1, 2) AND (format_basis IS NULL OR format_is_provisional <> 0)";
        self.gathered_that(item, from, most, open).await
    }

    async fn gathered_that(
        &self,
        item: ItemId,
        from: u32,
        most: u32,
        condition: &'static str,
    ) -> Result<Vec<GatheredFile>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM gathered_files WHERE item_id = ");
        query.push_bind(item.0).push(" AND place >= ").push_bind(i64::from(from));
        query.push(" AND ").push(condition).push(" ORDER BY place LIMIT ").push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.pool).await.asked("read gathered files")?;
        rows.iter().map(gathered_file).collect()
    }

    /// Returns where the members that belong to the object are, in the order of their paths, after a path, at most so
    /// many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn placed_by_path(
        &self,
        item: ItemId,
        after: Option<&str>,
        most: u32,
    ) -> Result<Vec<PlacedFile>, DatabaseError> {
        let rows = query(
            "SELECT place, path, size_bytes, offset_bytes, sha256 FROM gathered_files \
             WHERE item_id = $1 AND disposition <> 0 AND path > coalesce($2, '') ORDER BY path LIMIT $3",
        )
        .bind(item.0)
        .bind(after)
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await
        .asked("read gathered files")?;
        rows.iter().map(placed_file).collect()
    }

    /// Notes the settled formats of members, by their places.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn set_formats(&self, claim: &Claim, formats: &[(u32, FileFormat)]) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        assert_held(&mut transaction, claim).await?;
        for rows in formats.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::new("WITH known (place, format, basis, puid, note, signatures) AS (");
            query.push_values(rows, |mut row, (place, format)| {
                row.push_bind(i64::from(*place))
                    .push_bind(&format.media_type)
                    .push_bind(format.basis.name())
                    .push_bind(format.puid.as_deref())
                    .push_bind(format.note.as_deref())
                    .push_bind(format.signatures.as_deref());
            });
            query.push(
                ") UPDATE gathered_files SET format = known.format, format_basis = known.basis, puid = known.puid, \
                 format_note = known.note, format_signatures = known.signatures FROM known \
                 WHERE gathered_files.place = known.place AND gathered_files.item_id = ",
            );
            query.push_bind(claim.item.id.0);
            query.build().execute(&mut *transaction).await.asked("note formats")?;
        }
        transaction.commit().await.asked("note formats")
    }

    /// Counts the files to be stored by what their formats were told by, the weakest basis first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn formats_by_basis(&self, item: ItemId) -> Result<Vec<(FormatBasis, u64)>, DatabaseError> {
        let rows = query(
            "SELECT coalesce(format_basis, 'unknown') AS basis, count(*) AS files FROM gathered_files \
             WHERE item_id = $1 AND disposition IN (1, 2) GROUP BY 1",
        )
        .bind(item.0)
        .fetch_all(&self.pool)
        .await
        .asked("count formats")?;
        let mut counts: Vec<_> = rows.iter().map(basis_count).collect::<Result<_, _>>()?;
        counts.sort_unstable();
        Ok(counts)
    }

    /// Compares the gathered members with the object's current files and notes what becomes of each.
    ///
    /// # Errors
    /// The lease is lost, or the database cannot be written.
    pub async fn compare_gathered(&self, claim: &Claim, held: Option<ObjectId>) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        assert_held(&mut transaction, claim).await?;
        let Some(held) = held else {
            // They were added as new; only a former comparison, before a step was taken again, can have said other.
            query("UPDATE gathered_files SET disposition = 1 WHERE item_id = $1 AND disposition IN (2, 3)")
                .bind(claim.item.id.0)
                .execute(&mut *transaction)
                .await
                .asked("compare with the held version")?;
            return transaction.commit().await.asked("compare with the held version");
        };
        query(
            "UPDATE gathered_files SET disposition = coalesce( \
               (SELECT CASE WHEN f.sha256 = gathered_files.sha256 THEN 3 ELSE 2 END FROM file_versions f \
                WHERE f.object_id = $2 AND f.path = gathered_files.path AND f.ended_by IS NULL), 1) \
             WHERE item_id = $1 AND disposition <> 0",
        )
        .bind(claim.item.id.0)
        .bind(held.0.as_bytes().as_slice())
        .execute(&mut *transaction)
        .await
        .asked("compare with the held version")?;
        transaction.commit().await.asked("compare with the held version")
    }

    /// Returns the totals of the version that the gathered members make, with what the object keeps.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn version_totals(
        &self,
        item: ItemId,
        held: Option<ObjectId>,
        re_deposit: ReDeposit,
    ) -> Result<VersionTotals, DatabaseError> {
        let row = query(
            "SELECT count(*) AS files, CAST(coalesce(sum(size_bytes), 0) AS BIGINT) AS size_bytes, \
               count(*) FILTER (WHERE disposition IN (1, 2)) AS fresh_files, \
               CAST(coalesce(sum(size_bytes) FILTER (WHERE disposition IN (1, 2)), 0) AS BIGINT) AS fresh_size_bytes \
             FROM gathered_files WHERE item_id = $1 AND disposition <> 0",
        )
        .bind(item.0)
        .fetch_one(&self.pool)
        .await
        .asked("add up the version")?;
        let deposited = totals(&row, "files", "size_bytes");
        let fresh = totals(&row, "fresh_files", "fresh_size_bytes");
        let left_out = match held {
            None => Totals::default(),
            Some(object) => self.left_out(item, object).await?,
        };
        let all = match re_deposit {
            ReDeposit::Replace => deposited,
            ReDeposit::Merge => Totals {
                files: deposited.files + left_out.files,
                size_bytes: deposited.size_bytes + left_out.size_bytes,
            },
        };
        Ok(VersionTotals { all, fresh, left_out })
    }

    /// Adds up the files that the object has and the gathered members lack.
    async fn left_out(&self, item: ItemId, object: ObjectId) -> Result<Totals, DatabaseError> {
        let row = query(
            "SELECT count(*) AS files, CAST(coalesce(sum(size_bytes), 0) AS BIGINT) AS size_bytes FROM file_versions \
             WHERE object_id = $1 AND ended_by IS NULL \
             AND NOT EXISTS (SELECT 1 FROM gathered_files g WHERE g.item_id = $2 AND g.path = file_versions.path \
                             AND g.disposition <> 0)",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(item.0)
        .fetch_one(&self.pool)
        .await
        .asked("add up the version")?;
        Ok(totals(&row, "files", "size_bytes"))
    }
}

/// What a planned version adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionTotals {
    /// All files of the version.
    pub all: Totals,
    /// Files of the deposit that are new or changed.
    pub fresh: Totals,
    /// Files that the object has and the deposit lacks.
    pub left_out: Totals,
}

fn totals(row: &Row, files: &str, size_bytes: &str) -> Totals {
    let count = |column: &str| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
    Totals { files: count(files), size_bytes: count(size_bytes) }
}

/// Refuses to write for a worker that has lost its lease.
async fn assert_held(transaction: &mut Transaction, claim: &Claim) -> Result<(), DatabaseError> {
    let held: Option<i64> = query_scalar(format!(
        "SELECT id FROM work_items WHERE id = $1 AND fence = $2 AND lease_owner = $3{}",
        transaction.engine().locking()
    ))
    .bind(claim.item.id.0)
    .bind(claim.fence)
    .bind(&claim.owner.0)
    .fetch_optional(&mut **transaction)
    .await
    .asked("look at a lease")?;
    held.map(|_| ()).ok_or(DatabaseError::LeaseLost(claim.item.id))
}
