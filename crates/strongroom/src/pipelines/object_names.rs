//! The names of all that an object consists of, by its inventory and by what we put beside it.

use std::io::Read;
use std::path::PathBuf;

use backends::storage::StorageError;
use ocfl::{Declaration, INVENTORY_FILE, Inventory, sidecar_name};

use super::ingest::sidecars::{summed_paths, sums_path};

/// Returns the path of each file of an object, relative to its root.
pub fn of(inventory: &Inventory) -> impl Iterator<Item = String> {
    let sidecar = sidecar_name(inventory.algorithm());
    let declaration = Declaration::of_object(inventory.specification()).file_name;
    let versions = inventory.version_numbers().flat_map({
        let sidecar = sidecar.clone();
        move |version| {
            let number = version.number();
            let own = [format!("{version}/{INVENTORY_FILE}"), format!("{version}/{sidecar}"), sums_path(number)];
            own.into_iter().chain(summed_paths(number))
        }
    });
    let root = [INVENTORY_FILE.to_owned(), sidecar, declaration];
    inventory.contents().map(|(path, _)| path).chain(versions).chain(root)
}

/// Tells those that the text of an inventory names, for a store that removes them; see [`backends::storage::TellNames`].
///
/// # Errors
/// The text cannot be read, or whoever is told fails.
pub fn tell(
    text: &mut dyn Read,
    each: &mut dyn FnMut(String) -> Result<(), StorageError>,
) -> Result<Option<u32>, StorageError> {
    match Inventory::read_to_locate(text) {
        Ok(inventory) => {
            of(&inventory).try_for_each(each)?;
            Ok(Some(inventory.head().number()))
        }
        Err(ocfl::Error::Read { source, .. }) => Err(StorageError::Io { path: PathBuf::from(INVENTORY_FILE), source }),
        Err(error) => {
            tracing::warn!(%error, "an inventory of what goes cannot be understood");
            Ok(None)
        }
    }
}
