//! Drills: what was rehearsed, and what came of it.

use jiff::Timestamp;
use model::{AlertKind, Drill, DrillKind, Event, InstitutionName, Object, StoreId};

use super::alerts::{Raised, raise};
use super::engine::{QueryBuilder, query, query_scalar};
use super::error::Asked;
use super::rows::{drill, micros, object, optional_time, signed};
use super::settle::add_events;
use super::{Database, DatabaseError};

/// Which drills to list: newest first, a page at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct DrillFilter {
    /// Of this kind only.
    pub kind: Option<DrillKind>,
    /// Only those before this number: the cursor.
    pub before: Option<i64>,
    /// At most so many.
    pub most: u32,
}

impl Database {
    /// Keeps a drill, with its events, and the alert when it failed, in one transaction. Returns its number.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn add_drill(&self, drill: &Drill, events: &[Event]) -> Result<i64, DatabaseError> {
        let mut transaction = self.write().await?;
        let report = serde_json::to_string(&drill.report).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
        let id: i64 = query_scalar(
            "INSERT INTO drills (kind, institution, store, object, version, begun_at, ended_at, result, files, size_bytes, \
             report) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        )
        .bind(drill.kind.name())
        .bind(drill.institution.as_ref().map(|name| name.as_str().to_owned()))
        .bind(drill.store.as_ref().map(|store| store.0.clone()))
        .bind(drill.object.clone())
        .bind(drill.version.map(i64::from))
        .bind(micros(drill.begun_at))
        .bind(micros(drill.ended_at))
        .bind(if drill.is_passed { "passed" } else { "failed" })
        .bind(signed(drill.files))
        .bind(signed(drill.size_bytes))
        .bind(report)
        .fetch_one(&mut *transaction)
        .await
        .asked("keep a drill")?;
        add_events(&mut transaction, events).await?;
        if !drill.is_passed {
            let subject = drill.object.clone().or_else(|| drill.institution.as_ref().map(ToString::to_string));
            let raised = Raised {
                kind: AlertKind::DrillFailed,
                store: drill.store.as_ref(),
                subject: subject.unwrap_or_else(|| "the registry".to_owned()),
                message: format!("drill {id} ({}) failed: {}", drill.kind.name(), drill.report.join("; ")),
                count: 1,
            };
            raise(&mut transaction, &raised, drill.ended_at).await?;
        }
        transaction.commit().await.asked("keep a drill")?;
        Ok(id)
    }

    /// Returns when the last drill of a kind began, of an institution or a store if one is named.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn last_drill(
        &self,
        kind: DrillKind,
        institution: Option<&InstitutionName>,
        store: Option<&StoreId>,
    ) -> Result<Option<Timestamp>, DatabaseError> {
        let row = query(
            "SELECT max(begun_at) AS at FROM drills WHERE kind = $1 AND ($2 IS NULL OR institution = $2) \
             AND ($3 IS NULL OR store = $3)",
        )
        .bind(kind.name())
        .bind(institution.map(|name| name.as_str().to_owned()))
        .bind(store.map(|store| store.0.clone()))
        .fetch_one(&self.pool)
        .await
        .asked("look for a drill")?;
        optional_time(&row, "at")
    }

    /// Returns when the first object of an institution, or of all, was taken in.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn first_object_at(
        &self,
        institution: Option<&InstitutionName>,
    ) -> Result<Option<Timestamp>, DatabaseError> {
        let text = "SELECT min(created_at) AS at FROM objects \
            WHERE state = 'active' AND ($1 IS NULL OR institution = $1)";
        let query = query(text).bind(institution.map(|name| name.as_str().to_owned()));
        optional_time(&query.fetch_one(&self.pool).await.asked("look for an object")?, "at")
    }

    /// Draws an object of an institution, each as likely as any other: `chance` is a number by chance. Those with more
    /// bytes than `bytes_max` are passed over; 0 is no bound.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn draw_object(
        &self,
        institution: &InstitutionName,
        bytes_max: u64,
        chance: u32,
    ) -> Result<Option<Object>, DatabaseError> {
        let bound = if bytes_max == 0 { i64::MAX } else { signed(bytes_max) };
        let count: i64 = query_scalar(
            "SELECT count(*) FROM objects WHERE institution = $1 AND state = 'active' AND size_bytes <= $2",
        )
        .bind(institution.as_str())
        .bind(bound)
        .fetch_one(&self.pool)
        .await
        .asked("count objects")?;
        if count == 0 {
            return Ok(None);
        }
        let place = i64::try_from((u128::from(chance) * u128::from(count.unsigned_abs())) >> 32).unwrap_or(0);
        let row = query(
            "SELECT * FROM objects WHERE institution = $1 AND state = 'active' AND size_bytes <= $2 ORDER BY name LIMIT 1 OFFSET $3",
        )
        .bind(institution.as_str())
        .bind(bound)
        .bind(place)
        .fetch_optional(&self.pool)
        .await
        .asked("draw an object")?;
        row.as_ref().map(object).transpose()
    }

    /// Lists drills, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn drills(&self, filter: DrillFilter) -> Result<Vec<Drill>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM drills WHERE true");
        if let Some(kind) = filter.kind {
            query.push(" AND kind = ").push_bind(kind.name());
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before);
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list drills")?;
        rows.iter().map(drill).collect()
    }
}
