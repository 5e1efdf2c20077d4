//! Which object of ours lies in a folder of an OCFL storage root.

use std::io::Read;

use backends::storage::ObjectReader;
use model::ObjectIdentifier;
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::ingest::{object_path, ocfl_id};

/// Bytes of an inventory that are read to learn its identifier.
const INVENTORY_BYTES_MAX: u64 = 8 << 30;

/// Returns the object whose folder this is; `None` when it is none of ours, or lies where none of ours would.
pub fn identify(root: &ObjectReader, path: &str) -> Option<ObjectIdentifier> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // The folder's name is the identifier, unless that was too long for a name.
    let by_name = decoded(name).and_then(|id| of_ocfl_id(&id)).filter(|found| is_at(found, path));
    by_name.or_else(|| {
        let file = root.open(&format!("{path}/{INVENTORY_FILE}")).ok()?;
        let inventory = Inventory::read(file.take(INVENTORY_BYTES_MAX)).ok()?;
        of_ocfl_id(inventory.id()).filter(|found| is_at(found, path))
    })
}

fn is_at(identifier: &ObjectIdentifier, path: &str) -> bool {
    object_path(identifier).is_ok_and(|own| own == path)
}

/// Reads an identifier as [`ocfl_id`] writes it.
fn of_ocfl_id(id: &str) -> Option<ObjectIdentifier> {
    let (institution, name) = id.strip_prefix("strongroom:")?.split_once('/')?;
    let found = ObjectIdentifier { institution: institution.parse().ok()?, name: decoded(name)?.try_into().ok()? };
    Some(found).filter(|found| ocfl_id(found) == id)
}

/// Undoes percent-encoding; `None` for what is none.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.bytes();
    while let Some(byte) = left.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || left.next().and_then(|digit| char::from(digit).to_digit(16));
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use backends::storage::{FolderStore, Store};

    use super::*;

    #[test]
    fn an_object_is_told_from_the_name_of_its_folder() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = FolderStore::create(folder.path(), "store", &[]).expect("it can be made");
        let root = Store::from(store).ocfl_root().expect("it is there");
        for name in ["photographs", "100% of it", "议事录 / x", "a.b_c~d"] {
            let Ok(name) = name.to_owned().try_into() else { continue };
            let identifier = ObjectIdentifier { institution: "local.archive".parse().expect("it is one"), name };
            let path = object_path(&identifier).expect("it has a place");
            assert_eq!(identify(&root, &path), Some(identifier));
        }
        for path in ["photographs", "a/b/strongroom%3alocal%2earchive%2fphotographs", "a/%zz", "a/%"] {
            assert_eq!(identify(&root, path), None, "{path}");
        }
    }
}
