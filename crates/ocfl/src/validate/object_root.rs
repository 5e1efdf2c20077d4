//! The object root: what lies in it, and whether it may (OCFL 1.1 §3.1 and §3.2).

use super::declaration::OBJECT;
use super::{ObjectCheck, Report, extensions};
use crate::tree::join;
use crate::{Error, INVENTORY_FILE, TreeEntry, TreeEntryKind, VersionNumber, rules};

/// What the listing of an object root tells.
#[derive(Default)]
pub(super) struct ObjectRoot {
    pub has_inventory: bool,
    /// Files named as sidecars of the inventory, by the algorithm that their names give.
    pub sidecars: Vec<String>,
    /// Directories named as versions, in order.
    pub versions: Vec<VersionNumber>,
}

impl ObjectCheck<'_> {
    pub fn object_root(&mut self) -> Result<ObjectRoot, Error> {
        let mut entries = self.tree.list("").map_err(|source| Error::Read { path: String::new(), source })?;
        entries.sort();
        let mut root = ObjectRoot::default();
        let mut declarations = Vec::new();
        for entry in entries {
            match entry.kind {
                TreeEntryKind::File if OBJECT.is_meant_by(&entry.name) => declarations.push(entry.name),
                TreeEntryKind::File => self.file_of_root(entry, &mut root),
                TreeEntryKind::Directory => self.directory_of_root(&entry, &mut root),
                TreeEntryKind::Link | TreeEntryKind::Special => {
                    report_kind(&mut self.report, entry.kind, &entry.name);
                }
            }
        }
        root.versions.sort();
        self.report.specification = OBJECT.check(self.tree, &declarations, &mut self.report);
        if !root.has_inventory {
            self.report.find(&rules::E063, INVENTORY_FILE);
        }
        Ok(root)
    }

    fn file_of_root(&mut self, entry: TreeEntry, root: &mut ObjectRoot) {
        if entry.name == INVENTORY_FILE {
            root.has_inventory = true;
        } else if let Some(algorithm) = sidecar_algorithm(&entry.name) {
            root.sidecars.push(algorithm.to_owned());
        } else if entry.name.eq_ignore_ascii_case(INVENTORY_FILE) || entry.name == "inventory.jsonld" {
            self.report.find(&rules::E034, &entry.name);
        } else {
            self.report.find(&rules::E001, &entry.name);
        }
    }

    fn directory_of_root(&mut self, entry: &TreeEntry, root: &mut ObjectRoot) {
        match entry.name.as_str() {
            "logs" => self.logs(),
            "extensions" => extensions::check(self.tree, &rules::E067, &rules::W013, &mut self.report),
            name => match name.parse() {
                Ok(version) => root.versions.push(version),
                Err(_) if self.is_object(name) => self.report.find(&rules::E082, name),
                Err(_) => self.report.find(&rules::E001, name),
            },
        }
    }

    fn is_object(&self, path: &str) -> bool {
        let is_declaration = |entry: &TreeEntry| entry.name.starts_with("0=ocfl_object_");
        self.tree.list(path).is_ok_and(|entries| entries.iter().any(is_declaration))
    }

    /// Anything may lie in the logs but what is no file and no directory.
    fn logs(&mut self) {
        let mut folders = vec!["logs".to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match self.tree.list(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.report.could_not_check(&folder, error);
                    continue;
                }
            };
            for entry in entries {
                let path = join(&folder, &entry.name);
                match entry.kind {
                    TreeEntryKind::File => {}
                    TreeEntryKind::Directory => folders.push(path),
                    kind => report_kind(&mut self.report, kind, &path),
                }
            }
        }
    }
}

/// Returns the algorithm of a sidecar's name; the name `inventory.json.` has none.
pub(super) fn sidecar_algorithm(name: &str) -> Option<&str> {
    name.strip_prefix(INVENTORY_FILE)?.strip_prefix('.').filter(|algorithm| !algorithm.is_empty())
}

/// Reports what is neither file nor directory (OCFL 1.1 §5).
pub(super) fn report_kind(report: &mut Report, kind: TreeEntryKind, path: &str) {
    match kind {
        TreeEntryKind::Link => report.find(&rules::E090, path),
        TreeEntryKind::Special => report.find(&rules::E089, path),
        TreeEntryKind::File | TreeEntryKind::Directory => {}
    }
}
