//! Alerts: what a person must hear of, from the transaction of what it tells of to its delivery.

use jiff::{SignedDuration, Timestamp};
use model::{Alert, AlertKind, StoreId};

use super::engine::{QueryBuilder, Transaction, query, query_scalar};
use super::error::Asked;
use super::rows::{alert, micros, signed};
use super::{Database, DatabaseError};

/// What happens within this time from the first of its kind in a store is counted on that one's alert.
const GATHERED: SignedDuration = SignedDuration::from_hours(1);
/// Replicas that are overdue are told once in this time, not for each look at them.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Characters of a message at most: a program is to read it from a pipe in one go.
const MESSAGE_CHARACTERS_MAX: usize = 2_000;

/// Something that a person must hear of, as it happens.
#[derive(Debug, Clone)]
pub struct Raised<'a> {
    /// Why.
    pub kind: AlertKind,
    /// In which store, if it is about one.
    pub store: Option<&'a StoreId>,
    /// What it is about: an object, a file, an institution.
    pub subject: String,
    /// What happened.
    pub message: String,
    /// How often.
    pub count: u64,
}

/// Which alerts to list: newest first, a page at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlertFilter {
    /// Those too that somebody has called done.
    pub with_done: bool,
    /// Only those before this number: the cursor.
    pub before: Option<i64>,
    /// At most so many.
    pub most: u32,
}

impl Database {
    /// Says that replicas of a store are overdue, unless that was said within a day. Returns whether it was said now.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn raise_overdue(&self, raised: &Raised<'_>, now: Timestamp) -> Result<bool, DatabaseError> {
        let mut transaction = self.write().await?;
        let known: Option<i64> =
            query_scalar("SELECT id FROM alerts WHERE kind = $1 AND store = $2 AND raised_at > $3 LIMIT 1")
                .bind(raised.kind.name())
                .bind(store_of(raised))
                .bind(micros(now - DAY))
                .fetch_optional(&mut *transaction)
                .await
                .asked("look for an alert")?;
        if known.is_some() {
            return Ok(false);
        }
        raise(&mut transaction, raised, now).await?;
        transaction.commit().await.asked("raise an alert")?;
        Ok(true)
    }

    /// Takes the next alert that is to be delivered, if there is one. Until `until` nobody else takes it; whoever is
    /// killed before [`Database::note_delivery`] has it taken again then.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn take_alert(&self, now: Timestamp, until: Timestamp) -> Result<Option<Alert>, DatabaseError> {
        let row = query(
            "UPDATE alerts SET due_at = $1 WHERE id = (SELECT id FROM alerts WHERE done_at IS NULL \
             AND delivered_count < count AND due_at <= $2 ORDER BY due_at, id LIMIT 1) RETURNING *",
        )
        .bind(micros(until))
        .bind(micros(now))
        .fetch_optional(&self.pool)
        .await
        .asked("take an alert")?;
        row.as_ref().map(alert).transpose()
    }

    /// Notes that an alert was delivered as it was taken. What is counted on it later is delivered when its hour is over.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn note_delivery(&self, alert: &Alert, now: Timestamp) -> Result<(), DatabaseError> {
        query(
            "UPDATE alerts SET delivered_at = $1, delivered_count = $2, attempts = 0, last_error = NULL, due_at = $3 \
             WHERE id = $4",
        )
        .bind(micros(now))
        .bind(signed(alert.count))
        .bind(micros(alert.raised_at + GATHERED))
        .bind(alert.id)
        .execute(&self.pool)
        .await
        .asked("note a delivery")?;
        Ok(())
    }

    /// Notes that an alert could not be delivered, and when to try again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn note_undelivered(&self, alert: &Alert, because: &str, again: Timestamp) -> Result<(), DatabaseError> {
        query("UPDATE alerts SET attempts = attempts + 1, last_error = $1, due_at = $2 WHERE id = $3")
            .bind(because)
            .bind(micros(again))
            .bind(alert.id)
            .execute(&self.pool)
            .await
            .asked("note that an alert was not delivered")?;
        Ok(())
    }

    /// Notes that somebody has dealt with an alert; it is delivered no more. Returns whether there is one of that number.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn alert_done(&self, id: i64, now: Timestamp) -> Result<bool, DatabaseError> {
        let query = query("UPDATE alerts SET done_at = coalesce(done_at, $1) WHERE id = $2");
        let done = query.bind(micros(now)).bind(id).execute(&self.pool).await.asked("note that an alert is done")?;
        Ok(done.rows_affected() == 1)
    }

    /// Lists alerts, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn alerts(&self, filter: AlertFilter) -> Result<Vec<Alert>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM alerts WHERE true");
        if !filter.with_done {
            query.push(" AND done_at IS NULL");
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before);
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list alerts")?;
        rows.iter().map(alert).collect()
    }
}

/// Raises an alert in the transaction of what it tells of, or counts it on the one of its kind and store.
pub(super) async fn raise(
    transaction: &mut Transaction,
    raised: &Raised<'_>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let counted = query(
        "UPDATE alerts SET count = count + $1, last_at = $2 WHERE done_at IS NULL AND id = \
         (SELECT max(id) FROM alerts WHERE kind = $3 AND store = $4 AND raised_at > $5)",
    )
    .bind(signed(raised.count))
    .bind(micros(now))
    .bind(raised.kind.name())
    .bind(store_of(raised))
    .bind(micros(now - GATHERED))
    .execute(&mut **transaction)
    .await
    .asked("raise an alert")?;
    if counted.rows_affected() > 0 {
        return Ok(());
    }
    raise_apart(transaction, raised, now).await
}

/// Raises an alert of its own, on which nothing else is counted: somebody must act on this very thing.
pub(super) async fn raise_apart(
    transaction: &mut Transaction,
    raised: &Raised<'_>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    query(
        "INSERT INTO alerts (kind, store, subject, message, count, raised_at, last_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, $6)",
    )
    .bind(raised.kind.name())
    .bind(store_of(raised))
    .bind(shortened(&raised.subject))
    .bind(shortened(&raised.message))
    .bind(signed(raised.count))
    .bind(micros(now))
    .execute(&mut **transaction)
    .await
    .asked("raise an alert")?;
    Ok(())
}

/// Notes that what the alerts of a kind and subject ask for was done; there may be none.
pub(super) async fn note_answered(
    transaction: &mut Transaction,
    kind: AlertKind,
    subject: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    query("UPDATE alerts SET done_at = $1 WHERE kind = $2 AND store = '' AND subject = $3 AND done_at IS NULL")
        .bind(micros(now))
        .bind(kind.name())
        .bind(subject)
        .execute(&mut **transaction)
        .await
        .asked("note that an alert is done")?;
    Ok(())
}

fn store_of<'a>(raised: &Raised<'a>) -> &'a str {
    raised.store.map_or("", |store| store.0.as_str())
}

fn shortened(text: &str) -> String {
    text.chars().take(MESSAGE_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-01T00:00:00Z".parse().expect("it is a time")
    }

    fn minutes(count: i64) -> Timestamp {
        now() + SignedDuration::from_mins(count)
    }

    fn check<F: Future<Output = ()>>(test: impl FnOnce(Database) -> F) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a runtime");
        runtime.block_on(async {
            let database = Database::open(&super::super::Address::File(folder.path().join("registry.sqlite")))
                .await
                .expect("it can be made");
            test(database).await;
        });
    }

    async fn damage(database: &Database, store: &str, at: Timestamp) {
        let (store, kind) = (StoreId::from(store), AlertKind::DamageFound);
        let (subject, message) = ("a.b/c".to_owned(), "it is damaged".to_owned());
        let raised = Raised { kind, store: Some(&store), subject, message, count: 1 };
        let mut transaction = database.write().await.expect("it can be written");
        raise(&mut transaction, &raised, at).await.expect("it can be raised");
        transaction.commit().await.expect("it is written");
    }

    async fn take(database: &Database, at: Timestamp) -> Option<Alert> {
        database.take_alert(at, at + SignedDuration::from_mins(1)).await.expect("it can be taken")
    }

    #[test]
    fn a_flood_is_one_alert_a_store_and_an_hour_and_is_delivered_twice_at_most() {
        check(|database| async move {
            damage(&database, "first", now()).await;
            damage(&database, "second", now()).await;
            let first = take(&database, now()).await.expect("one is due");
            assert_eq!((first.count, first.store.as_ref().map(|store| store.0.as_str())), (1, Some("first")));
            database.note_delivery(&first, now()).await.expect("it can be noted");
            for minute in 1..59 {
                damage(&database, "first", minutes(minute)).await;
            }
            let second = take(&database, minutes(59)).await.expect("the other store's is due");
            assert_eq!(second.store.as_ref().map(|store| store.0.as_str()), Some("second"));
            database.note_delivery(&second, minutes(59)).await.expect("it can be noted");
            assert_eq!(take(&database, minutes(59)).await, None, "the hour is not over");
            let again = take(&database, minutes(60)).await.expect("more was counted");
            assert_eq!((again.id, again.count, again.delivered_count), (first.id, 59, 1));
            database.note_delivery(&again, minutes(60)).await.expect("it can be noted");
            assert_eq!(take(&database, minutes(600)).await, None);
            damage(&database, "first", minutes(61)).await;
            let next = take(&database, minutes(61)).await.expect("a new hour, a new alert");
            assert_ne!(next.id, first.id);
        });
    }

    #[test]
    fn whoever_dies_while_it_delivers_has_it_delivered_again() {
        check(|database| async move {
            damage(&database, "first", now()).await;
            let taken = take(&database, now()).await.expect("it is due");
            assert_eq!(take(&database, now()).await, None, "it is in work");
            let again = take(&database, minutes(1)).await.expect("nobody said that it was delivered");
            assert_eq!(again.id, taken.id);
            database.note_undelivered(&again, "the program failed", minutes(5)).await.expect("it can be noted");
            assert_eq!(take(&database, minutes(4)).await, None);
            let again = take(&database, minutes(5)).await.expect("it is tried again");
            assert_eq!((again.attempts, again.last_error.as_deref()), (1, Some("the program failed")));
        });
    }

    #[test]
    fn what_is_done_is_delivered_no_more_and_what_comes_then_is_new() {
        check(|database| async move {
            damage(&database, "first", now()).await;
            let id = database.alerts(AlertFilter { most: 10, ..AlertFilter::default() }).await.expect("a list")[0].id;
            assert!(database.alert_done(id, minutes(1)).await.expect("it can be noted"));
            assert!(!database.alert_done(id + 1, minutes(1)).await.expect("there is none"));
            assert_eq!(take(&database, minutes(2)).await, None);
            damage(&database, "first", minutes(3)).await;
            assert_ne!(take(&database, minutes(3)).await.expect("it is new").id, id);
            let all = AlertFilter { with_done: true, most: 10, ..AlertFilter::default() };
            assert_eq!(database.alerts(all).await.expect("a list").len(), 2);
        });
    }

    #[test]
    fn what_is_overdue_is_told_once_a_day() {
        check(|database| async move {
            let store = StoreId::from("first");
            let told = |at: Timestamp| {
                let (kind, message) = (AlertKind::ReplicasOverdue, String::new());
                let raised = Raised { kind, store: Some(&store), subject: String::new(), message, count: 7 };
                let database = database.clone();
                async move { database.raise_overdue(&raised, at).await.expect("it can be raised") }
            };
            let seen = [told(now()).await, told(minutes(70)).await, told(minutes(24 * 60 + 1)).await];
            assert_eq!(seen, [true, false, true]);
        });
    }
}
