//! Samples of frozen replicas: which files are drawn, what they cost the month, and when each was really read.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::{HeldReplica, ObjectId, Sample, SampleAccount, SampleBudget, SampleReach, StoreId};

use super::super::engine::{Query, Row, Transaction, query, query_scalar};
use super::super::error::Asked;
use super::super::rows::{held_replica, micros, optional_time, signed};
use super::super::{Database, DatabaseError};
use super::claim::FixityClaim;

/// Files that one drawing draws at the most, and that are looked at one after another; the next drawing goes on.
const DRAWN_MAX: u32 = 1_000;
/// Files that are looked at for one drawing, so that a store of many millions is not held in memory.
const CANDIDATES_MAX: u32 = 10_000;

/// What is known of one file that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleStep {
    /// It thaws, or is thawed: somebody asked for it, and nobody need again.
    Asked {
        /// When to look at it again.
        look_at: Timestamp,
    },
    /// It could not be looked at.
    Later {
        /// When to look at it again.
        look_at: Timestamp,
    },
    /// Every byte of it was read, and was right or was put right.
    Read {
        /// When the reading began.
        at: Timestamp,
    },
    /// It is given up until another month: it is damaged, or has frozen again with no budget left.
    Ended {
        /// Why, for people.
        because: &'static str,
    },
}

impl Database {
    /// Draws the files of a store that were really read the longest ago, or never since they were deposited, as many as
    /// fit into what the month has left, a thousand at the most. Each is charged to the month in the same transaction that
    /// makes it wanted, so that whatever is killed in between costs nothing twice. One that does not fit is passed over: when
    /// the next month begins it is the first.
    ///
    /// What is under way, or has ended within this month (UTC), is not drawn again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn draw_samples(
        &self,
        store: &StoreId,
        now: Timestamp,
        budget: &SampleBudget,
    ) -> Result<SampleAccount, DatabaseError> {
        let mut transaction = self.write().await?;
        let drawn = draw(&mut transaction, store, now, budget).await?;
        transaction.commit().await.asked("draw a sample")?;
        Ok(drawn)
    }

    /// Says what [`Database::draw_samples`] would draw if it were asked until there is nothing more, and draws nothing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn would_draw_samples(
        &self,
        store: &StoreId,
        now: Timestamp,
        budget: &SampleBudget,
    ) -> Result<SampleAccount, DatabaseError> {
        let mut transaction = self.write().await?;
        let mut sum = SampleAccount::default();
        loop {
            let drawn = draw(&mut transaction, store, now, budget).await?;
            if drawn.files == 0 {
                // Dropped, the transaction changes nothing.
                return Ok(sum);
            }
            sum.files += drawn.files;
            sum.size_bytes += drawn.size_bytes;
        }
    }

    /// Returns what the samples of a store have spent in the month of a time (UTC).
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn sample_account(&self, store: &StoreId, now: Timestamp) -> Result<SampleAccount, DatabaseError> {
        let row = query(ACCOUNT).bind(&store.0).bind(month(now)).fetch_optional(&self.pool);
        Ok(row.await.asked("tell what samples cost")?.as_ref().map_or_else(SampleAccount::default, account))
    }

    /// Returns a replica with a file that is to be looked at by now, the longest due first; of one store only, if one is
    /// named. What somebody else is at is passed over.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn due_sample(
        &self,
        store: Option<&StoreId>,
        now: Timestamp,
    ) -> Result<Option<HeldReplica>, DatabaseError> {
        let row = query(
            "SELECT f.*, o.institution, o.name FROM fixity_samples s \
             JOIN fixity f ON f.object_id = s.object_id AND f.store = s.store JOIN objects o ON o.id = f.object_id \
             WHERE s.look_at <= $1 AND ($2 IS NULL OR s.store = $2) AND (f.lease_owner IS NULL OR f.lease_until < $1) \
             ORDER BY s.look_at LIMIT 1",
        )
        .bind(micros(now))
        .bind(store.map(|store| store.0.as_str()))
        .fetch_optional(&self.pool)
        .await
        .asked("look for a sample")?;
        row.as_ref().map(held_replica).transpose()
    }

    /// Returns the files of a replica that are under way and are to be looked at by now, at most as many as are drawn at once.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn samples_under_way(&self, claim: &FixityClaim, now: Timestamp) -> Result<Vec<Sample>, DatabaseError> {
        let rows = query(
            "SELECT sha256, size_bytes, wanted_at, asked_at, charges FROM fixity_samples \
             WHERE store = $1 AND object_id = $2 AND look_at <= $3 ORDER BY look_at, sha256 LIMIT $4",
        )
        .bind(&claim.replica.store.0)
        .bind(claim.replica.object.0.as_bytes().as_slice())
        .bind(micros(now))
        .bind(i64::from(DRAWN_MAX))
        .fetch_all(&self.pool)
        .await
        .asked("list samples")?;
        let sample = |row: &Row| {
            Ok(Sample {
                sha256: row.get("sha256"),
                size_bytes: row.get::<i64, _>("size_bytes").unsigned_abs(),
                wanted_at: optional_time(row, "wanted_at")?.unwrap_or_default(),
                asked_at: optional_time(row, "asked_at")?,
                charges: u32::try_from(row.get::<i64, _>("charges")).unwrap_or(u32::MAX),
            })
        };
        rows.iter().map(sample).collect()
    }

    /// Notes of some files of a claimed replica how far they are, in one transaction.
    ///
    /// # Errors
    /// The claim is lost, or the database cannot be written.
    pub async fn note_samples(
        &self,
        claim: &FixityClaim,
        steps: &[(Vec<u8>, SampleStep)],
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        const OVER: &str = "wanted_at = NULL, asked_at = NULL, look_at = NULL, charges = 0, tried_at = $5";
        for (sha256, step) in steps {
            let set = match step {
                SampleStep::Asked { .. } => "asked_at = coalesce(asked_at, $5), look_at = $4".to_owned(),
                SampleStep::Later { .. } => "look_at = $4".to_owned(),
                SampleStep::Read { .. } => format!("{OVER}, read_at = $4, result = NULL"),
                SampleStep::Ended { .. } => format!("{OVER}, result = $4"),
            };
            let change =
                query(format!("UPDATE fixity_samples SET {set} WHERE store = $1 AND object_id = $2 AND sha256 = $3"));
            let change = of_sample(change, claim, sha256);
            let change = match step {
                SampleStep::Asked { look_at } | SampleStep::Later { look_at } => change.bind(micros(*look_at)),
                SampleStep::Read { at } => change.bind(micros(*at)),
                SampleStep::Ended { because } => change.bind(*because),
            };
            let change = if matches!(step, SampleStep::Later { .. }) { change } else { change.bind(micros(now)) };
            change.execute(&mut *transaction).await.asked("note a sample")?;
        }
        transaction.commit().await.asked("note a sample")
    }

    /// Puts off all files of a claimed replica that are to be looked at by now: they could not be.
    ///
    /// # Errors
    /// The claim is lost, or the database cannot be written.
    pub async fn put_off_samples(
        &self,
        claim: &FixityClaim,
        now: Timestamp,
        look_at: Timestamp,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        query("UPDATE fixity_samples SET look_at = $1 WHERE store = $2 AND object_id = $3 AND look_at <= $4")
            .bind(micros(look_at))
            .bind(&claim.replica.store.0)
            .bind(claim.replica.object.0.as_bytes().as_slice())
            .bind(micros(now))
            .execute(&mut *transaction)
            .await
            .asked("put off a sample")?;
        transaction.commit().await.asked("put off a sample")
    }

    /// Charges a file once more that has frozen again before it was read, if that fits into what the month has left; says
    /// whether it did.
    ///
    /// # Errors
    /// The claim is lost, or the database cannot be written.
    pub async fn charge_sample_again(
        &self,
        claim: &FixityClaim,
        sample: &Sample,
        now: Timestamp,
        budget: &SampleBudget,
    ) -> Result<bool, DatabaseError> {
        let mut transaction = self.write().await?;
        claim.assert_held(&mut transaction).await?;
        let store = &claim.replica.store;
        if !budget.fits(store, opened_account(&mut transaction, store, now).await?, sample.size_bytes) {
            return Ok(false);
        }
        charge(&mut transaction, store, SampleAccount { files: 1, size_bytes: sample.size_bytes }, now).await?;
        let again = query(
            "UPDATE fixity_samples SET wanted_at = $4, asked_at = NULL, charges = charges + 1 \
             WHERE store = $1 AND object_id = $2 AND sha256 = $3",
        );
        let again = of_sample(again, claim, &sample.sha256).bind(micros(now));
        again.execute(&mut *transaction).await.asked("charge a sample again")?;
        transaction.commit().await.asked("charge a sample again")?;
        Ok(true)
    }

    /// Says how much of a store was really read since a time, by us and every byte, at its deposit or as a sample since.
    /// Looks at every file of the store.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn sample_reach(&self, store: &StoreId, since: Timestamp) -> Result<SampleReach, DatabaseError> {
        let text = format!(
            "SELECT count(*) AS files, CAST(coalesce(sum(size_bytes), 0) AS BIGINT) AS size_bytes, \
             count(*) FILTER (WHERE seen_at >= $2) AS read_files, \
             CAST(coalesce(sum(size_bytes) FILTER (WHERE seen_at >= $2), 0) AS BIGINT) AS read_bytes, \
             min(seen_at) AS oldest, count(*) FILTER (WHERE look_at IS NOT NULL) AS under_way, \
             CAST(coalesce(max(size_bytes), 0) AS BIGINT) AS largest_bytes FROM ({CONTENTS}) AS each_one"
        );
        let row = query(text).bind(&store.0).bind(micros(since)).fetch_one(&self.pool);
        let row = row.await.asked("say how much was read")?;
        let count = |column: &str| row.get::<i64, _>(column).unsigned_abs();
        Ok(SampleReach {
            files: count("files"),
            size_bytes: count("size_bytes"),
            read_files: count("read_files"),
            read_bytes: count("read_bytes"),
            oldest_reading: optional_time(&row, "oldest")?,
            under_way: count("under_way"),
            largest_bytes: count("largest_bytes"),
        })
    }

    /// Counts the files of a store that are under way.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn samples_left(&self, store: &StoreId) -> Result<u64, DatabaseError> {
        let count: i64 = query_scalar("SELECT count(*) FROM fixity_samples WHERE store = $1 AND look_at IS NOT NULL")
            .bind(&store.0)
            .fetch_one(&self.pool)
            .await
            .asked("count samples")?;
        Ok(count.unsigned_abs())
    }
}

const ACCOUNT: &str = "SELECT files, size_bytes FROM fixity_sample_months WHERE store = $1 AND month = $2";

/// The contents of a store, each once an object, with when it was last really read: as a sample, or when the version that
/// brought it was proven there. Its store is `$1`.
const CONTENTS: &str = "SELECT c.object_id, c.sha256, c.size_bytes, s.look_at, s.tried_at, \
    CASE WHEN s.read_at > c.proven_at THEN s.read_at ELSE c.proven_at END AS seen_at FROM \
    (SELECT f.object_id, f.sha256, max(f.size_bytes) AS size_bytes, min(r.verified_at) AS proven_at FROM file_versions f \
     JOIN replicas r ON r.object_id = f.object_id AND r.version = f.version AND r.store = $1 \
     JOIN fixity x ON x.object_id = f.object_id AND x.store = $1 WHERE f.size_bytes > 0 \
     GROUP BY f.object_id, f.sha256) AS c LEFT JOIN fixity_samples s \
    ON s.store = $1 AND s.object_id = c.object_id AND s.sha256 = c.sha256";

async fn draw(
    transaction: &mut Transaction,
    store: &StoreId,
    now: Timestamp,
    budget: &SampleBudget,
) -> Result<SampleAccount, DatabaseError> {
    let mut spent = opened_account(transaction, store, now).await?;
    let text = format!(
        "SELECT object_id, sha256, size_bytes FROM ({CONTENTS}) AS each_one WHERE look_at IS NULL \
         AND (tried_at IS NULL OR tried_at < $2) AND size_bytes <= $3 ORDER BY seen_at, object_id, sha256 LIMIT {CANDIDATES_MAX}"
    );
    let left = budget.bytes.map_or(u64::MAX, |bytes| bytes.saturating_sub(spent.size_bytes));
    let rows = query(text).bind(&store.0).bind(micros(month_begins(now))).bind(signed(left));
    let rows = rows.fetch_all(&mut **transaction);
    let mut drawn = SampleAccount::default();
    for row in rows.await.asked("draw a sample")? {
        let size_bytes = row.get::<i64, _>("size_bytes").unsigned_abs();
        if drawn.files >= u64::from(DRAWN_MAX) {
            break;
        }
        if !budget.fits(store, spent, size_bytes) {
            continue;
        }
        query(
            "INSERT INTO fixity_samples (store, object_id, sha256, size_bytes, wanted_at, look_at, charges) \
             VALUES ($1, $2, $3, $4, $5, $5, 1) ON CONFLICT (store, object_id, sha256) DO UPDATE SET \
             size_bytes = excluded.size_bytes, wanted_at = excluded.wanted_at, asked_at = NULL, \
             look_at = excluded.look_at, charges = 1",
        )
        .bind(&store.0)
        .bind(row.get::<Vec<u8>, _>("object_id"))
        .bind(row.get::<Vec<u8>, _>("sha256"))
        .bind(signed(size_bytes))
        .bind(micros(now))
        .execute(&mut **transaction)
        .await
        .asked("draw a sample")?;
        for sum in [&mut spent, &mut drawn] {
            sum.files += 1;
            sum.size_bytes += size_bytes;
        }
    }
    charge(transaction, store, drawn, now).await?;
    Ok(drawn)
}

/// Returns the account of the month of a store; nobody else writes it until the transaction has ended.
async fn opened_account(
    transaction: &mut Transaction,
    store: &StoreId,
    now: Timestamp,
) -> Result<SampleAccount, DatabaseError> {
    transaction.lock_name(&format!("samples of {store}")).await.asked("open an account")?;
    let row = query(ACCOUNT).bind(&store.0).bind(month(now)).fetch_optional(&mut **transaction);
    Ok(row.await.asked("tell what samples cost")?.as_ref().map_or_else(SampleAccount::default, account))
}

async fn charge(
    transaction: &mut Transaction,
    store: &StoreId,
    more: SampleAccount,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    query(
        "INSERT INTO fixity_sample_months (store, month, files, size_bytes) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (store, month) DO UPDATE SET files = fixity_sample_months.files + excluded.files, \
         size_bytes = fixity_sample_months.size_bytes + excluded.size_bytes",
    )
    .bind(&store.0)
    .bind(month(now))
    .bind(signed(more.files))
    .bind(signed(more.size_bytes))
    .execute(&mut **transaction)
    .await
    .asked("charge a sample")?;
    Ok(())
}

fn account(row: &Row) -> SampleAccount {
    let count = |column: &str| row.get::<i64, _>(column).unsigned_abs();
    SampleAccount { files: count("files"), size_bytes: count("size_bytes") }
}

fn of_sample(statement: Query, claim: &FixityClaim, sha256: &[u8]) -> Query {
    let ObjectId(object) = claim.replica.object;
    statement.bind(claim.replica.store.0.clone()).bind(object.as_bytes().to_vec()).bind(sha256.to_vec())
}

fn date(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn month(now: Timestamp) -> i64 {
    i64::from(date(now).year()) * 12 + i64::from(date(now).month()) - 1
}

fn month_begins(now: Timestamp) -> Timestamp {
    let days = i64::from(date(now).day()) - 1;
    let today = now.as_second().div_euclid(86_400) * 86_400;
    Timestamp::from_second(today).unwrap_or(now) - SignedDuration::from_hours(24 * days)
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, month, month_begins};

    #[test]
    fn a_month_begins_on_its_first_day_in_utc() {
        let at = |text: &str| text.parse::<Timestamp>().expect("it is a time");
        let last = at("2026-11-30T23:59:59.9Z");
        assert_eq!(month_begins(last), at("2026-11-01T00:00:00Z"));
        assert_eq!(month(at("2027-01-01T00:00:00Z")), month(at("2026-12-31T23:59:59Z")) + 1);
        assert_eq!(month(month_begins(last)), month(last));
    }
}
