//! Deletion: what two people agreed to destroy is destroyed, and a proof of that is left.
//!
//! [`check_deletion`] looks at the conditions, [`rewrite`] prepares what stays where only files go, [`remove`] looks at
//! the conditions for the last time and lets the bytes go store by store, [`record_deletion`] enters that in the registry
//! and signs the certificate, and [`certify`] puts tombstones into the stores.

mod certificate;
mod certify;
mod check_deletion;
mod discard;
mod events;
mod gone;
mod record_deletion;
mod remove;
mod rewrite;
mod rewritten;
mod tombstone;

use backends::database::Conditions;
use backends::storage::{StorageError, Store};
use jiff::SignedDuration;
use model::{Answer, Deletion, DeletionTarget, StepError, StoreId};

use super::Work;
use super::work::database;

pub use certificate::{Certificate, KEYS, PublicKey};
pub use certify::certify;
pub use check_deletion::check_deletion;
pub use discard::discard;
pub use record_deletion::record_deletion;
pub use remove::remove;
pub use rewrite::rewrite;
pub use tombstone::{TOMBSTONE_FORMAT, Tombstone};

/// How long a deletion waits for a store that is away before it looks again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// What a deletion is about, or the answer that ends the step.
type Looked = Result<Box<(Deletion, DeletionTarget)>, Answer>;

fn answer(conditions: Conditions) -> Looked {
    match conditions {
        Conditions::Hold(found) => Ok(found),
        Conditions::Wait { until, because } => Err(Answer::Wait { until, because }),
        Conditions::Refused(because) => Err(Answer::Cancel { because }),
    }
}

/// Returns what a work item deletes.
///
/// # Errors
/// The database cannot be read, or knows of no such deletion.
async fn target(work: &Work) -> Result<(Deletion, DeletionTarget), StepError> {
    let registry = &work.context.database;
    let unknown = || StepError::stop("the work belongs to no deletion that is known");
    let target = registry.target_of_item(work.claim.item.id).await.map_err(database)?.ok_or_else(unknown)?;
    let deletion = registry.deletion(target.deletion).await.map_err(database)?.ok_or_else(unknown)?;
    Ok((deletion, target))
}

/// A store that is away is nobody's fault: the deletion waits, and it does not count as an attempt.
fn waiting_for_stores(work: &Work, result: Result<Answer, StepError>) -> Result<Answer, StepError> {
    match result {
        Err(StepError::Retry(error)) if is_away(error.as_ref()) => {
            let until = work.context.clock.now() + LOOK_AGAIN;
            Ok(Answer::Wait { until, because: format!("{error}; the deletion waits until it is back") })
        }
        other => other,
    }
}

fn is_away(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<StorageError>().is_some_and(StorageError::is_of_absent_store)
}

/// Opens every store that holds the object, each with the object's place in it.
///
/// # Errors
/// One is away, or not in the configuration.
fn stores(work: &Work, places: &[(StoreId, String)]) -> Result<Vec<(Store, String)>, StepError> {
    places.iter().map(|(store, path)| Ok((work.context.stores.open(store)?, path.clone()))).collect()
}
