//! The bucket reader: makes work items of the deposits that arrive in the receiving folders and buckets.
//!
//! Takes what lies in a receiving place and has come to rest. Leaves a work item for each deposit that was never seen.
//! Safe to repeat because a deposit is known by name and fingerprint, whatever became of it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use backends::database::{Database, DatabaseError, Enqueued};
use backends::storage::{Arrival, BucketReceiving, Fingerprint, ObjectArrival, Receiving, StorageError};
use jiff::Timestamp;
use model::{Deposit, DepositOptions, IdentifierError, InstitutionName, ItemId, ObjectIdentifier, Origin};

/// A place where an institution's deposits arrive.
#[derive(Debug, Clone)]
pub struct ReceivingPlace {
    /// Whose it is.
    pub institution: InstitutionName,
    /// Where it is.
    pub door: ReceivingDoor,
}

/// Where deposits arrive.
#[derive(Debug, Clone)]
pub enum ReceivingDoor {
    /// In a folder.
    Folder(PathBuf),
    /// In a part of a bucket.
    Bucket(BucketReceiving),
}

impl fmt::Display for ReceivingDoor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(formatter),
            Self::Bucket(bucket) => bucket.client().address().fmt(formatter),
        }
    }
}

/// A look into a receiving place failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceivingError {
    /// The place cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The queue cannot be written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Looks into one place and puts what is new and at rest in the queue. Returns the new items.
///
/// `settle` is how long a deposit must not have changed: nothing half-copied is ever taken in.
///
/// # Errors
/// The place cannot be read or the queue cannot be written.
pub async fn look(
    place: &ReceivingPlace,
    database: &Database,
    now: Timestamp,
    settle: Duration,
) -> Result<Vec<ItemId>, ReceivingError> {
    let mut new = Vec::new();
    match &place.door {
        ReceivingDoor::Folder(path) => {
            for arrival in Receiving::open(path)?.scan(SystemTime::from(now), settle)? {
                if arrival.is_settled {
                    let deposit = deposit(&place.institution, &arrival);
                    new.extend(enqueue(database, (place, &arrival.name), deposit, now).await?);
                }
            }
        }
        ReceivingDoor::Bucket(bucket) => {
            let mut arrivals = bucket.scan(SystemTime::from(now), settle);
            loop {
                let page = tokio::task::spawn_blocking(move || {
                    let page = arrivals.next_page();
                    (arrivals, page)
                });
                let page = match page.await {
                    Ok((left, page)) => {
                        arrivals = left;
                        page?
                    }
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                };
                if page.is_empty() {
                    break;
                }
                for arrival in page {
                    let deposit = of_object(&place.institution, &arrival);
                    new.extend(enqueue(database, (place, &arrival.name), deposit, now).await?);
                }
            }
        }
    }
    Ok(new)
}

async fn enqueue(
    database: &Database,
    (place, name): (&ReceivingPlace, &str),
    deposit: Result<Deposit, IdentifierError>,
    now: Timestamp,
) -> Result<Option<ItemId>, DatabaseError> {
    match deposit {
        Ok(deposit) => match database.enqueue(&deposit, now).await? {
            Enqueued::New(id) => Ok(Some(id)),
            Enqueued::Known(_) => Ok(None),
        },
        Err(error) => {
            tracing::warn!(
                institution = place.institution.as_str(),
                deposit.name = name,
                %error,
                "an arrival is passed over; rename it"
            );
            Ok(None)
        }
    }
}

fn of_object(institution: &InstitutionName, arrival: &ObjectArrival) -> Result<Deposit, IdentifierError> {
    Ok(Deposit {
        identifier: ObjectIdentifier {
            institution: institution.clone(),
            name: model::object_name(Path::new(&arrival.name)).parse()?,
        },
        path: arrival.address.to_string(),
        origin: Origin::Receiving,
        fingerprint: arrival.fingerprint.to_string(),
        size_bytes: arrival.fingerprint.size_bytes,
        modified_at: arrival.fingerprint.modified_at(),
        options: DepositOptions::default(),
    })
}

fn deposit(institution: &InstitutionName, arrival: &Arrival) -> Result<Deposit, IdentifierError> {
    Ok(Deposit {
        identifier: ObjectIdentifier {
            institution: institution.clone(),
            name: model::object_name(&arrival.path).parse()?,
        },
        path: arrival.path.display().to_string(),
        origin: Origin::Receiving,
        // The number of a device may be another after a restart; the deposit is the same.
        fingerprint: Fingerprint { device: 0, ..arrival.fingerprint }.to_string(),
        size_bytes: arrival.fingerprint.size_bytes,
        modified_at: model::modified_at(arrival.fingerprint.modified_ns),
        options: DepositOptions::default(),
    })
}
