//! receive: the deposit is looked at from outside.
//!
//! Takes a new work item. Leaves nothing. Safe to repeat because it only looks.

use std::path::Path;

use backends::storage::{Fingerprint, fingerprint};
use bagit::Package;
use model::{Answer, ItemState, StepError};

use super::super::Work;
use super::super::context::storage;
use super::{object, rules};

/// Looks whether the deposit is still there, the same, readable, and whether the stores have room for it.
///
/// # Errors
/// The deposit or a store cannot be reached.
pub async fn receive(work: &Work) -> Result<Answer, StepError> {
    object::unless_gone(work, work.blocking(look).await).await
}

fn look(work: &Work) -> Result<Answer, StepError> {
    let deposit = &work.claim.item.deposit;
    if let Some(place) = object::in_bucket(work)? {
        return match object::ended(&place)? {
            Some(end) => Ok(end),
            None => accept(work, object::open_as_it_is(&place)?.1),
        };
    }
    let path = Path::new(&deposit.path);
    let now = match fingerprint(path) {
        Ok(now) => now,
        Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => {
            let advice = "deposit it again; a new arrival is a new work item";
            return Ok(Answer::Cancel { because: format!("the deposit is gone from {}: {advice}", deposit.path) });
        }
        Err(error) => return Err(StepError::retry(error)),
    };
    let expected: Fingerprint = deposit.fingerprint.parse().map_err(StepError::stop)?;
    if !now.is_same_deposit(&expected) {
        return Ok(Answer::Cancel {
            because: "the deposit changed after it arrived; it counts as a new one".to_owned(),
        });
    }
    accept(work, Package::open(path))
}

/// Looks whether it is a package, and whether there is room for it.
fn accept(work: &Work, opened: Result<Package, bagit::BagitError>) -> Result<Answer, StepError> {
    let deposit = &work.claim.item.deposit;
    let package = match opened {
        Ok(package) => package,
        Err(bagit::BagitError::NotAPackage { .. }) => {
            let mut findings = findings::Findings::default();
            findings.push(rules::NOT_A_PACKAGE.finding().at(deposit.path.clone()));
            return Ok(Answer::Reject(Box::new(findings)));
        }
        Err(error) => return Err(StepError::retry(error)),
    };
    check_room(work, deposit.size_bytes)?;
    let serialization = package.serialization().map(|form| format!("{form:?}").to_lowercase());
    Ok(Answer::done(ItemState { serialization, ..ItemState::default() }))
}

/// Asks every store of the likely storage option for room, so that a full disk is named before hours of reading.
fn check_room(work: &Work, size_bytes: u64) -> Result<(), StepError> {
    let asked = work.claim.item.deposit.options.storage_option.as_deref();
    let Some(option) = asked.or(work.context.storage_options.first().map(|option| option.name.as_str())) else {
        return Err(StepError::stop("no storage option is configured"));
    };
    for store in work.context.stores_of(option)? {
        let free_bytes = store.free_bytes().map_err(storage)?;
        if let Some(free_bytes) = free_bytes.filter(|free_bytes| *free_bytes < size_bytes) {
            let place = store.place();
            return Err(StepError::retry(NoRoom(format!(
                "the store {} at {place} has {free_bytes} bytes free and the deposit needs {size_bytes}: make room",
                store.id()
            ))));
        }
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoRoom(String);
