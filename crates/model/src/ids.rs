//! Identifiers: one type each, so that the compiler keeps them apart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The number of a work item: short, since people type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub i64);

impl fmt::Display for ItemId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl ItemId {
    /// Returns the item of a folder in staging (`item-7`) or of a draft in a store (`item-7-3`, with the fence of a claim).
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let rest = key.strip_prefix("item-")?;
        let (item, fence) = rest.split_once('-').unwrap_or((rest, "0"));
        fence.parse::<i64>().ok()?;
        item.parse().ok()
    }
}

impl ObjectId {
    /// Returns the object of a copy's draft in a store: `replica-ID`, or `replica-ID-3` with the fence of a claim.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let rest = key.strip_prefix("replica-")?;
        let (id, fence) = rest.split_at_checked(UUID_BYTES)?;
        if !fence.is_empty() {
            fence.strip_prefix('-')?.parse::<i64>().ok()?;
        }
        id.parse().ok().map(Self)
    }
}

/// Characters of an identifier as it is written.
const UUID_BYTES: usize = 36;

impl FromStr for ItemId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// An intellectual object, for ever (UUID version 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(pub Uuid);

impl fmt::Display for ObjectId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A PREMIS event, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl EventId {
    /// Returns the identifier of an event that the ingest of a deposit brings about.
    ///
    /// It is computed (UUID version 5) from the deposit and what happened, so that a step run twice names the same
    /// event and not a second one.
    #[must_use]
    pub fn of_deposit(deposit: &crate::Deposit, item: ItemId, what: &str) -> Self {
        let name = format!("{}#{}#{item}#{what}", deposit.identifier, deposit.fingerprint);
        Self(Uuid::new_v5(&EVENTS, name.as_bytes()))
    }

    /// Returns the identifier of an event that the deletion of an object, or of files of it, brings about.
    #[must_use]
    pub fn of_deletion(object: ObjectId, deletion: crate::DeletionId, item: ItemId, what: &str) -> Self {
        let name = format!("{object}#deletion {deletion}#{item}#{what}");
        Self(Uuid::new_v5(&EVENTS, name.as_bytes()))
    }
}

/// The name space of computed event identifiers, drawn once.
const EVENTS: Uuid = Uuid::from_u128(0x6f0d_3b1e_52c4_4f0b_9a57_1c9e_0c3c_5d21);

impl fmt::Display for EventId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The name of a store, as the configuration gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreId(pub String);

impl fmt::Display for StoreId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for StoreId {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl From<&str> for StoreId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
