//! The bucket reader: makes work items of the deposits that arrive in the receiving folders.
//!
//! Takes what lies in a receiving folder and has come to rest. Leaves a work item for each deposit that was never seen.
//! Safe to repeat because a deposit is known by name and fingerprint, whatever became of it.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use backends::database::{Database, DatabaseError, Enqueued};
use backends::storage::{Arrival, Fingerprint, Receiving, StorageError};
use jiff::Timestamp;
use model::{Deposit, DepositOptions, IdentifierError, InstitutionName, ItemId, ObjectIdentifier, Origin};

/// A folder in which an institution's deposits arrive.
#[derive(Debug, Clone)]
pub struct ReceivingFolder {
    /// Whose it is.
    pub institution: InstitutionName,
    /// Where it is.
    pub path: PathBuf,
}

/// A look into a receiving folder failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceivingError {
    /// The folder cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The queue cannot be written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Looks into one folder and puts what is new and at rest in the queue. Returns the new items.
///
/// `settle` is how long a deposit must not have changed: nothing half-copied is ever taken in.
///
/// # Errors
/// The folder cannot be read or the queue cannot be written.
pub async fn look(
    folder: &ReceivingFolder,
    database: &Database,
    now: Timestamp,
    settle: Duration,
) -> Result<Vec<ItemId>, ReceivingError> {
    let receiving = Receiving::open(&folder.path)?;
    let mut new = Vec::new();
    for arrival in receiving.scan(SystemTime::from(now), settle)? {
        if !arrival.is_settled {
            continue;
        }
        match deposit(folder, &arrival) {
            Ok(deposit) => {
                if let Enqueued::New(id) = database.enqueue(&deposit, now).await? {
                    new.push(id);
                }
            }
            Err(error) => tracing::warn!(
                institution = folder.institution.as_str(),
                deposit.name = arrival.name,
                %error,
                "an arrival is passed over; rename it"
            ),
        }
    }
    Ok(new)
}

fn deposit(folder: &ReceivingFolder, arrival: &Arrival) -> Result<Deposit, IdentifierError> {
    Ok(Deposit {
        identifier: ObjectIdentifier {
            institution: folder.institution.clone(),
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
