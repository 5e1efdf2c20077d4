//! Looking at events, newest first.

use model::{Event, EventId, InstitutionName, ItemId, ObjectId};

use super::engine::{QueryBuilder, Row, query};
use super::error::Asked;
use super::rows::event;
use super::{Database, DatabaseError};

/// Which events to list: newest first, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// About this object only.
    pub object: Option<ObjectId>,
    /// About objects of this institution only.
    pub institution: Option<InstitutionName>,
    /// Of this work item only.
    pub item: Option<ItemId>,
    /// Of this type only.
    pub event_type: Option<String>,
    /// With this outcome only.
    pub outcome: Option<String>,
    /// Only those before this number: the cursor.
    pub before: Option<i64>,
    /// At most so many.
    pub most: u32,
}

/// An event with its number, which is the cursor of listings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoredEvent {
    /// Grows with each event of this database.
    pub number: i64,
    /// The event.
    #[serde(flatten)]
    pub event: Event,
}

impl Database {
    /// Returns one event.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn event(&self, id: EventId) -> Result<Option<StoredEvent>, DatabaseError> {
        let query = query("SELECT * FROM events WHERE id = $1").bind(id.0.as_bytes().as_slice());
        let row = query.fetch_optional(&self.pool).await.asked("read an event")?;
        row.as_ref().map(stored).transpose()
    }

    /// Returns the event of a number.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn event_of_number(&self, number: i64) -> Result<Option<StoredEvent>, DatabaseError> {
        let query = query("SELECT * FROM events WHERE number = $1").bind(number);
        let row = query.fetch_optional(&self.pool).await.asked("read an event")?;
        row.as_ref().map(stored).transpose()
    }

    /// Lists events, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn events(&self, filter: &EventFilter) -> Result<Vec<StoredEvent>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT * FROM events WHERE true");
        if let Some(object) = filter.object {
            query.push(" AND object_id = ").push_bind(object.0.as_bytes().to_vec());
        }
        if let Some(institution) = &filter.institution {
            query.push(" AND institution = ").push_bind(institution.as_str());
        }
        if let Some(item) = filter.item {
            query.push(" AND item_id = ").push_bind(item.0);
        }
        if let Some(event_type) = &filter.event_type {
            query.push(" AND event_type = ").push_bind(event_type.as_str());
        }
        if let Some(outcome) = &filter.outcome {
            query.push(" AND outcome = ").push_bind(outcome.as_str());
        }
        if let Some(before) = filter.before {
            query.push(" AND number < ").push_bind(before);
        }
        query.push(" ORDER BY number DESC LIMIT ").push_bind(i64::from(filter.most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list events")?;
        rows.iter().map(stored).collect()
    }
}

pub(super) fn stored(row: &Row) -> Result<StoredEvent, DatabaseError> {
    Ok(StoredEvent { number: row.get("number"), event: event(row)? })
}
