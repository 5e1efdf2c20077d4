//! The small files of a storage root: written for a new one, and read to learn the layout of an old one.

use serde_json::json;

use super::Layout;
use crate::{Declaration, Specification};

/// The name of the file that says which layout a root has (OCFL 1.1 §4.1).
pub const LAYOUT_FILE: &str = "ocfl_layout.json";
/// Bytes of `ocfl_layout.json` or of a layout's `config.json`, at the most.
pub const LAYOUT_BYTES_MAX: usize = 1 << 20;

/// The files of a new storage root, before any object lies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootFiles(Vec<(String, Vec<u8>)>);

impl RootFiles {
    /// Makes the declaration, `ocfl_layout.json` and the layout's configuration.
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        let declaration = Declaration::of_root(Specification::NEWEST);
        let description = json!({ "extension": layout.name(), "description": layout.description() });
        let configuration = format!("extensions/{}/config.json", layout.name());
        Self(vec![
            (configuration, layout.configuration().into_bytes()),
            (LAYOUT_FILE.to_owned(), format!("{description:#}\n").into_bytes()),
            // Last: a root that was cut short by a power failure is no root yet.
            (declaration.file_name, declaration.text.into_bytes()),
        ])
    }

    /// Returns each file's path, relative to the root, and its bytes, in the order in which to write them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }
}

impl Layout {
    fn description(&self) -> &'static str {
        match self {
            Self::FlatDirect => "Each object lies in a directory of the root named by its identifier.",
            Self::HashAndId(_) => {
                "Directories are named by leading digits of the digest of an object's identifier; the last one by the identifier, percent-encoded."
            }
            Self::Hashed { .. } => {
                "Directories are named by leading digits of the digest of an object's identifier; the last one by the digest."
            }
            Self::FlatOmitPrefix { .. } => {
                "Each object lies in a directory of the root named by its identifier without the prefix."
            }
            Self::TupleOmitPrefix(_) => {
                "Directories are named by parts of an object's identifier without its prefix; the last one by all of that."
            }
        }
    }
}
