//! The names of all that an object consists of, by its inventory and by what we put beside it.

use ocfl::{Declaration, INVENTORY_FILE, Inventory, Specification, sidecar_name};

use super::super::ingest::sidecars::{summed_paths, sums_path};

/// Returns the path of each file of an object, relative to its root.
pub fn of(inventory: &Inventory) -> impl Iterator<Item = String> {
    let sidecar = sidecar_name(inventory.algorithm());
    let root = [INVENTORY_FILE.to_owned(), sidecar.clone(), Declaration::of_object(Specification::V1_1).file_name];
    let versions = inventory.version_numbers().flat_map(move |version| {
        let own = [format!("{version}/{INVENTORY_FILE}"), format!("{version}/{sidecar}"), sums_path(version.number())];
        own.into_iter().chain(summed_paths(version.number()))
    });
    inventory.contents().map(|(path, _)| path).chain(versions).chain(root)
}
