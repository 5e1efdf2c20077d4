//! OCFL 1.1 (and 1.0) objects and storage roots: inventory, layout, plan of the next version, check, export.

mod content_names;
mod content_path;
mod created;
mod declaration;
mod error;
mod export;
mod fixity;
mod inventory;
mod layout;
mod logical_path;
mod plan;
mod rules;
mod specification;
mod tree;
mod validate;
mod version_number;
mod without;

pub use content_names::ContentNames;
pub use content_path::{CONTENT_PATH_BYTES_MAX, ELEMENT_BYTES_MAX, content_path};
pub use created::is_created;
pub use declaration::{Declaration, INVENTORY_FILE, sidecar, sidecar_name};
pub use error::Error;
pub use export::{VerifiedReader, export_version};
pub use fixity::Fixity;
pub use inventory::{CONTENT_DIRECTORY, INVENTORY_BYTES_MAX, Inventory, NAMES_BYTES_MAX, Parsed, User, VersionNotes};
pub use layout::{
    DigestRoot, Direction, LAYOUT_BYTES_MAX, LAYOUT_FILE, Layout, Padding, RootFiles, TupleOmitPrefix, Tuples,
};
pub use logical_path::{check_logical_path, safe_relative_path};
pub use plan::{NewContent, NextVersion, Plan, merge_state};
pub use rules::RULES;
pub use specification::Specification;
pub use tree::{ENTRIES_MAX, FolderTree, SubTree, Tree, TreeEntry, TreeEntryKind};
pub use validate::{
    Depth, ObjectReport, Report, RootCheck, RootReport, Unchecked, validate_object, validate_object_with, validate_root,
};
pub use version_number::{VERSIONS_MAX, VersionNumber};
