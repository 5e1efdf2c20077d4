//! A part of a bucket in which deposits arrive.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{ObjectAddress, ObjectFingerprint};
use crate::s3::{Client, Listing};
use crate::storage::StorageError;
use crate::storage::receiving::is_unfinished;

/// Arrivals that are held in memory at once: as many as a listing has on a page.
const ARRIVALS_AT_ONCE: usize = 1000;
/// Removed to find out whether removing is allowed; it is never there. Its dot keeps it from being taken for a deposit.
const NEVER_THERE: &str = ".strongroom-doctor-never-there";

/// A place in a bucket that depositors put objects into. Deposits are the objects right below its prefix.
#[derive(Debug, Clone)]
pub struct BucketReceiving {
    client: Client,
}

/// One object in a receiving place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectArrival {
    /// Its name below the prefix.
    pub name: String,
    /// Where it is.
    pub address: ObjectAddress,
    /// By what it is known again.
    pub fingerprint: ObjectFingerprint,
}

/// What is in a receiving place, a part of it at a time.
#[derive(Debug)]
pub struct Arrivals {
    client: Client,
    listing: Listing,
    settled_before: i64,
}

impl BucketReceiving {
    /// Takes a client as the way to a receiving place. Asks nothing yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Begins to look at what has arrived and was written `settle` before `now`.
    ///
    /// Passed over: what lies deeper, names that begin with a dot or end as an upload in progress does, marks of folders,
    /// and keys that [`ObjectAddress::of`] refuses, which the log tells.
    #[must_use]
    pub fn scan(&self, now: SystemTime, settle: Duration) -> Arrivals {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let before = i64::try_from(now.saturating_sub(settle.as_secs())).unwrap_or(i64::MAX);
        let listing = self.client.list(&self.client.address().prefix, Some('/'));
        Arrivals { client: self.client.clone(), listing, settled_before: before }
    }

    /// Tries whether it can be listed.
    ///
    /// # Errors
    /// `StoreGone` when there is no such bucket; `Refused`, `Unreachable`.
    pub fn reach(&self) -> Result<(), StorageError> {
        self.client.list(&self.client.address().prefix, Some('/')).next().transpose()?;
        Ok(())
    }

    /// Tries whether it can be listed, and whether deposits may be removed from it. Leaves nothing behind.
    ///
    /// # Errors
    /// `StoreGone` when there is no such bucket; `Refused`, `Unreachable`.
    pub fn check(&self) -> Result<(), StorageError> {
        self.reach()?;
        Ok(self.client.delete(&[format!("{}{NEVER_THERE}", self.client.address().prefix)])?)
    }
}

impl Arrivals {
    /// Returns the next arrivals, in the order of their keys; none when there are no more.
    ///
    /// # Errors
    /// `StoreGone` when there is no such bucket; `Refused`, `Unreachable`.
    pub fn next_page(&mut self) -> Result<Vec<ObjectArrival>, StorageError> {
        let mut arrivals = Vec::new();
        while arrivals.len() < ARRIVALS_AT_ONCE {
            let Some(listed) = self.listing.next().transpose()? else { break };
            let name = listed.key.strip_prefix(&self.client.address().prefix).unwrap_or_default();
            if listed.is_prefix || name.is_empty() || is_unfinished(name) {
                continue;
            }
            let fingerprint = ObjectFingerprint::new(listed.size_bytes, listed.modified, &listed.etag);
            if fingerprint.modified_seconds > self.settled_before {
                continue;
            }
            match ObjectAddress::of(&self.client, &listed.key) {
                Ok(address) => arrivals.push(ObjectArrival { name: name.to_owned(), address, fingerprint }),
                Err(error) => tracing::warn!(%error, "an arrival is passed over"),
            }
        }
        Ok(arrivals)
    }
}
