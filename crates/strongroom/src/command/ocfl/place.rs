//! What a path of the command line is: a storage root, a store whose `ocfl` folder is one, or one object.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ocfl::{INVENTORY_FILE, Inventory, LAYOUT_FILE};

/// The marker of a store, beside which the storage root lies in `ocfl`.
const STORE_MARKER: &str = "strongroom-store.json";

/// What a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A storage root.
    Root(PathBuf),
    /// One object.
    Object(PathBuf),
}

impl Place {
    /// Looks at a path.
    ///
    /// # Errors
    /// It cannot be listed, or is neither root nor store nor object.
    pub fn of(path: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot list {}", path.display());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).with_context(cannot)? {
            names.push(entry.with_context(cannot)?.file_name().to_string_lossy().into_owned());
        }
        let has = |name: &str| names.iter().any(|own| own == name);
        let begins = |start: &str| names.iter().any(|own| own.starts_with(start));
        // A root or object whose declaration was lost is still known by its other files, so that the loss is told.
        if begins("0=ocfl_object_") || has(INVENTORY_FILE) {
            return Ok(Self::Object(path.to_owned()));
        }
        if begins("0=ocfl_") || has(LAYOUT_FILE) {
            return Ok(Self::Root(path.to_owned()));
        }
        if has(STORE_MARKER) && path.join("ocfl").is_dir() {
            return Ok(Self::Root(path.join("ocfl")));
        }
        bail!("{} is no OCFL storage root, no store and no object: no file of any of these is in it", path.display())
    }
}

/// Reads the inventory of an object that must be without error.
///
/// # Errors
/// It cannot be read, or breaks a rule.
pub fn inventory(object: &Path) -> anyhow::Result<Inventory> {
    let path = object.join(INVENTORY_FILE);
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Inventory::read(file).with_context(|| {
        format!("cannot use the object at {}; `strongroom ocfl validate` says all that is wrong", object.display())
    })
}
