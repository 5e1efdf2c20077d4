//! The OCFL version that an item makes: computed anew by each step that needs it, always the same.

use std::io::Read;

use backends::storage::{StorageError, Store};
use digests::Algorithm;
use model::{ObjectIdentifier, PlannedVersion, ReDeposit, StepError};
use ocfl::{INVENTORY_FILE, Inventory, Layout, NextVersion, Plan, User, VersionNotes};

use super::super::Work;
use super::super::context::storage;
use super::super::hashing::Hashing;
use super::{members, paged};

/// Bytes of a sidecar that are read; a digest and a name are far shorter.
const SIDECAR_BYTES_MAX: u64 = 4096;

/// Returns the version that `check_reingest` has settled.
///
/// # Errors
/// There is none: the item skipped that stage, which cannot be.
pub fn planned(work: &Work) -> Result<&PlannedVersion, StepError> {
    work.state
        .planned
        .as_ref()
        .ok_or_else(|| StepError::stop("the item has no planned version: retry it from the start"))
}

/// Returns the identifier that the object has in OCFL: a URI made of its name (OCFL 1.1 §3.5.1, W005).
pub fn ocfl_id(identifier: &ObjectIdentifier) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut id = format!("strongroom:{}/", identifier.institution);
    for byte in identifier.name.as_str().bytes() {
        if is_plain(byte) {
            id.push(char::from(byte));
        } else {
            id.push_str(&format!("%{byte:02X}"));
        }
    }
    id
}

/// Returns the object's folder below the OCFL root of every store of ours.
///
/// # Errors
/// The layout cannot place the identifier, which is a defect.
pub fn object_path(identifier: &ObjectIdentifier) -> Result<String, StepError> {
    Layout::default().object_path(&ocfl_id(identifier)).map_err(StepError::stop)
}

/// Plans the version of the item.
///
/// # Errors
/// The rows or the inventory of the version before cannot be read.
pub fn make(work: &Work) -> Result<Plan, StepError> {
    let planned = planned(work)?;
    let deposit = &work.claim.item.deposit;
    let previous = match planned.number {
        1 => None,
        number => Some(previous_inventory(work, number - 1)?),
    };
    let notes = VersionNotes {
        created: planned.accepted_at.to_string(),
        message: Some(format!("deposit of {} as work item {}", deposit.identifier, work.claim.item.id)),
        user: Some(User {
            name: deposit.identifier.institution.to_string(),
            address: Some(format!("https://{}", deposit.identifier.institution)),
        }),
    };
    let id = ocfl_id(&deposit.identifier);
    let mut rows = paged::by_path(work);
    let mut failure = None;
    let new = rows.by_ref().map_while(|row| match members::address(&row.path, row.sha256.as_deref()) {
        Ok(digest) => Some((row.path, digest)),
        Err(error) => {
            failure = Some(error);
            None
        }
    });
    let plan = match (&previous, deposit.options.re_deposit) {
        (Some(previous), ReDeposit::Merge) => {
            // Files that the deposit lacks stay.
            NextVersion::plan(Some(previous), &id, ocfl::merge_state(previous, new), notes)
        }
        _ => NextVersion::plan(previous.as_ref(), &id, new, notes),
    };
    rows.finish()?;
    match failure {
        Some(error) => Err(error),
        None => plan.map_err(StepError::stop),
    }
}

/// Reads the inventory of the version before from the first store that has it whole, sidecar and all.
fn previous_inventory(work: &Work, number: u32) -> Result<Inventory, StepError> {
    let path = object_path(&work.claim.item.deposit.identifier)?;
    let mut last = StepError::stop(format!("no store has version {number} of the object: check the stores"));
    for store in work.context.stores_of(&planned(work)?.storage_option)? {
        match read_inventory(&store, &path, number) {
            Ok(inventory) => return Ok(inventory),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn read_inventory(store: &Store, object_path: &str, number: u32) -> Result<Inventory, StepError> {
    let object = store.object(object_path).map_err(storage)?;
    let object = object.ok_or_else(|| StepError::stop(format!("the store {} lacks the object", store.id())))?;
    let open = |name: &str| object.open(name).map_err(storage);
    let mut reader = Hashing::new(open(&format!("v{number}/inventory.json"))?);
    let inventory = Inventory::read(&mut reader).map_err(StepError::stop)?;
    let digest = reader.finish().map_err(StepError::retry)?;
    let mut sidecar = String::new();
    let file = open(&format!("v{number}/{}", ocfl::sidecar_name(Algorithm::Sha256)))?;
    file.take(SIDECAR_BYTES_MAX).read_to_string(&mut sidecar).map_err(StepError::retry)?;
    let is_proven = digest.is_some_and(|digest| sidecar.split_whitespace().next() == Some(&digest.to_hex()));
    if is_proven {
        return Ok(inventory);
    }
    let path = format!("{object_path}/v{number}/inventory.json in store {}", store.id());
    Err(StepError::stop(StorageDamaged(path)))
}

#[derive(Debug, thiserror::Error)]
#[error("{0} differs from its sidecar: repair the replica")]
struct StorageDamaged(String);

/// Says whether a store has the planned version already, from a work that was killed after its commit.
///
/// # Errors
/// The store is not there or cannot be read.
pub fn is_committed(store: &Store, object_path: &str, number: u32) -> Result<bool, StorageError> {
    let Some(object) = store.object(object_path)? else { return Ok(false) };
    let version = format!("v{number}");
    let is_listed = object.list("")?.iter().any(|entry| entry.name == version);
    // Where listings are late, one may show a version that is only being written.
    Ok(is_listed && object.size_of(&format!("{version}/{INVENTORY_FILE}"))?.is_some())
}
