//! What an object's folder must hold beside content, and its inventory, from whichever store has it whole.

use std::io::Read;

use backends::storage::{ObjectReader, Store};
use digests::{Algorithm, Digest};
use model::{HeldReplica, StepError};
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::Context;
use super::super::context::storage;
use super::super::hashing::Hashing;
use super::super::work::ask;

/// Bytes of a sidecar that are read; a digest and a name are far shorter.
const SIDECAR_BYTES_MAX: u64 = 4096;

/// Returns what each document of an object must be, by path.
///
/// # Errors
/// The database cannot be read.
pub fn expected(context: &Context, replica: &HeldReplica) -> Result<Vec<(String, Digest)>, StepError> {
    let rows = ask(context.database.documents(replica.object))?;
    let digest = |sha256: &[u8]| Digest::from_bytes(Algorithm::Sha256, sha256);
    Ok(rows.iter().filter_map(|(path, sha256)| Some((path.clone(), digest(sha256)?))).collect())
}

/// Reads the newest inventory of an object: from its own store, else from another that holds the object.
///
/// It must have the digest that the registry knows. Without one, which an older version of this program did not keep,
/// its sidecar must confirm it.
///
/// # Errors
/// No store has it whole; then nobody can say where the content lies, and a person must look.
pub fn inventory(
    context: &Context,
    replica: &HeldReplica,
    documents: &[(String, Digest)],
) -> Result<Inventory, StepError> {
    let known = documents.iter().find(|(path, _)| path == INVENTORY_FILE).map(|(_, digest)| *digest);
    let mut last = StepError::stop("no store of the configuration holds the object");
    let own = std::iter::once(replica.store.clone());
    let others = context.stores.0.iter().map(|(id, _)| id.clone()).filter(|id| *id != replica.store);
    for id in own.chain(others) {
        let read = context.stores.open(&id).and_then(|store| read(&store, &replica.object_path, known));
        match read {
            Ok(inventory) => return Ok(inventory),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn read(store: &Store, object_path: &str, known: Option<Digest>) -> Result<Inventory, StepError> {
    let object = open(store, object_path)?;
    let mut reader = Hashing::new(object.open_back(INVENTORY_FILE).map_err(storage)?);
    let inventory = Inventory::read_to_locate(&mut reader).map_err(StepError::stop)?;
    let seen = reader.finish().map_err(StepError::retry)?;
    let is_right = match known {
        Some(known) => seen == Some(known),
        None => {
            let mut sidecar = String::new();
            let file = object.open(&ocfl::sidecar_name(Algorithm::Sha256)).map_err(storage)?;
            file.take(SIDECAR_BYTES_MAX).read_to_string(&mut sidecar).map_err(StepError::retry)?;
            seen.is_some_and(|seen| sidecar.split_whitespace().next() == Some(&seen.to_hex()))
        }
    };
    if is_right {
        return Ok(inventory);
    }
    Err(StepError::stop(format!("the inventory at {object_path} in the store {} is damaged", store.id())))
}

/// Opens an object in a store.
///
/// # Errors
/// The store or the object is not there.
pub fn open(store: &Store, object_path: &str) -> Result<ObjectReader, StepError> {
    let object = store.object(object_path).map_err(storage)?;
    object.ok_or_else(|| StepError::stop(format!("the store {} lacks {object_path}", store.id())))
}
