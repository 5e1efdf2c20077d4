//! The extensions directory of an object or a root, and the extensions that are registered.

use findings::Rule;

use super::Report;
use super::object_root::report_kind;
use crate::{Tree, TreeEntryKind};

/// The extensions of <https://ocfl.github.io/extensions/>, and the name that it keeps for extensions of all roots.
const REGISTERED: [&str; 14] = [
    "0001-digest-algorithms",
    "0002-flat-direct-storage-layout",
    "0003-hash-and-id-n-tuple-storage-layout",
    "0004-hashed-n-tuple-storage-layout",
    "0005-mutable-head",
    "0006-flat-omit-prefix-storage-layout",
    "0007-n-tuple-omit-prefix-storage-layout",
    "0008-schema-registry",
    "0009-digest-algorithms",
    "0010-differential-n-tuple-omit-prefix-storage-layout",
    "0011-direct-clean-path-layout",
    "0012-hash-and-no-prefix-id-n-tuple-storage-layout",
    "0013-template-storage-layout",
    "initial",
];

/// Says whether an extension of this name is registered.
pub(super) fn is_registered(name: &str) -> bool {
    REGISTERED.contains(&name)
}

/// Says whether a registered extension is a layout of storage roots.
pub(super) fn is_layout(name: &str) -> bool {
    is_registered(name) && name.ends_with("-layout")
}

/// Checks an extensions directory (OCFL 1.1 §3.9 and §4.4).
pub(super) fn check(tree: &dyn Tree, unexpected: &Rule, unregistered: &Rule, report: &mut Report) {
    let mut entries = match tree.list("extensions") {
        Ok(entries) => entries,
        Err(error) => return report.could_not_check("extensions", error),
    };
    entries.sort();
    for entry in entries {
        let path = format!("extensions/{}", entry.name);
        match entry.kind {
            TreeEntryKind::Directory if is_registered(&entry.name) => {}
            TreeEntryKind::Directory => report.find(unregistered, &path),
            TreeEntryKind::File => report.find(unexpected, &path),
            TreeEntryKind::Link | TreeEntryKind::Special => report_kind(report, entry.kind, &path),
        }
    }
}
