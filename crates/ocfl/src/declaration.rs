//! The small files beside the inventory: NAMASTE declarations, and the sidecar with the inventory's digest.

use digests::{Algorithm, Digest};

use crate::Specification;

/// The name of every inventory (OCFL 1.1 §3.5).
pub const INVENTORY_FILE: &str = "inventory.json";

/// A NAMASTE file, whose name and text say what its directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The name, relative to the directory.
    pub file_name: String,
    /// The whole text.
    pub text: String,
}

impl Declaration {
    /// Returns the declaration of an object root (OCFL 1.1 §3.2): `0=ocfl_object_1.1`.
    #[must_use]
    pub fn of_object(specification: Specification) -> Self {
        Self::of(&format!("ocfl_object_{}", specification.number()))
    }

    /// Returns the declaration of a storage root (OCFL 1.1 §4.2): `0=ocfl_1.1`.
    #[must_use]
    pub fn of_root(specification: Specification) -> Self {
        Self::of(&format!("ocfl_{}", specification.number()))
    }

    fn of(value: &str) -> Self {
        Self { file_name: format!("0={value}"), text: format!("{value}\n") }
    }
}

/// Returns the text of the sidecar of an inventory with this digest (OCFL 1.1 §3.6).
#[must_use]
pub fn sidecar(inventory_digest: Digest) -> String {
    format!("{inventory_digest} {INVENTORY_FILE}\n")
}

/// Returns the name of the sidecar: `inventory.json.sha256`.
#[must_use]
pub fn sidecar_name(algorithm: Algorithm) -> String {
    format!("{INVENTORY_FILE}.{}", algorithm.ocfl_name())
}
