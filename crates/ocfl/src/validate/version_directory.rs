//! The version directories: what lies in them, and which files of content are there (OCFL 1.1 §3.3).

use super::ObjectCheck;
use super::inventory_file::ReadInventory;
use super::object_root::{ObjectRoot, report_kind, sidecar_algorithm};
use crate::tree::join;
use crate::{INVENTORY_FILE, Inventory, TreeEntryKind, VersionNumber, rules};

/// What the listings of the version directories tell.
pub(super) struct Found {
    /// For each entry of the manifest the size of its file, or [`MISSING`].
    pub sizes: Vec<u64>,
    pub versions: Vec<FoundVersion>,
}

pub(super) const MISSING: u64 = u64::MAX;

pub(super) struct FoundVersion {
    pub number: VersionNumber,
    pub has_inventory: bool,
    pub sidecars: Vec<String>,
}

impl ObjectCheck<'_> {
    pub fn version_directories(&mut self, root: &ObjectRoot, read: &ReadInventory, inventory: &Inventory) -> Found {
        for key in read.version_keys.iter().filter(|key| !root.versions.contains(key)) {
            self.report.find(&rules::E046, &key.to_string());
        }
        let mut found = Found { sizes: vec![MISSING; inventory.manifest.len()], versions: Vec::new() };
        for number in &root.versions {
            // Without any key that could be read, every directory would be one too many.
            if !read.version_keys.is_empty() && !read.version_keys.contains(number) {
                self.report.find(&rules::E046, &number.to_string());
            }
            self.version_directory(*number, inventory, &mut found);
        }
        found
    }

    fn version_directory(&mut self, number: VersionNumber, inventory: &Inventory, found: &mut Found) {
        let folder = number.to_string();
        let mut version = FoundVersion { number, has_inventory: false, sidecars: Vec::new() };
        let mut entries = match self.tree.list(&folder) {
            Ok(entries) => entries,
            Err(error) => return self.report.could_not_check(&folder, error),
        };
        entries.sort();
        let mut has_content = false;
        for entry in entries {
            let path = join(&folder, &entry.name);
            match entry.kind {
                TreeEntryKind::File if entry.name == INVENTORY_FILE => version.has_inventory = true,
                TreeEntryKind::File => match sidecar_algorithm(&entry.name) {
                    Some(algorithm) => version.sidecars.push(algorithm.to_owned()),
                    None => self.report.find(&rules::E015, &path),
                },
                TreeEntryKind::Directory if entry.name == inventory.content_directory() => {
                    has_content = true;
                    self.content_directory(path, inventory, found);
                }
                TreeEntryKind::Directory => self.report.find(&rules::W002, &path),
                kind => report_kind(&mut self.report, kind, &path),
            }
        }
        if !has_content && inventory.first_of(number).is_some() {
            self.report.find(&rules::E016, &join(&folder, inventory.content_directory()));
        }
        if !version.has_inventory {
            self.report.find(&rules::W010, &folder);
            for algorithm in &version.sidecars {
                self.report.find(&rules::E015, &join(&folder, &format!("{INVENTORY_FILE}.{algorithm}")));
            }
        }
        found.versions.push(version);
    }

    /// Notes every file below a content directory.
    fn content_directory(&mut self, base: String, inventory: &Inventory, found: &mut Found) {
        let mut folders = vec![base.clone()];
        while let Some(folder) = folders.pop() {
            let mut entries = match self.tree.list(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.report.could_not_check(&folder, error);
                    continue;
                }
            };
            if entries.is_empty() {
                self.report.find(if folder == base { &rules::W003 } else { &rules::E024 }, &folder);
            }
            entries.sort();
            for entry in entries {
                let path = join(&folder, &entry.name);
                match entry.kind {
                    TreeEntryKind::File => self.content_file(&path, entry.size_bytes, inventory, found),
                    TreeEntryKind::Directory => folders.push(path),
                    kind => report_kind(&mut self.report, kind, &path),
                }
            }
        }
    }

    fn content_file(&mut self, path: &str, size_bytes: u64, inventory: &Inventory, found: &mut Found) {
        self.report.files += 1;
        self.report.size_bytes += size_bytes;
        let place = inventory.place_of(path);
        let listed = place.map_or(0..0, |place| inventory.contents_at(place));
        if listed.is_empty() {
            self.report.find(&rules::E023, path);
        }
        found.sizes[listed].fill(size_bytes);
    }

    /// Reports what the manifest lists and no directory holds. A file outside of the content directories counts as
    /// missing too: it is in no place where content may be.
    pub fn missing_files(&mut self, inventory: &Inventory, found: &Found) {
        for (content, _) in inventory.manifest.iter().zip(&found.sizes).filter(|(_, size)| **size == MISSING) {
            let path = inventory.path_of(content.place);
            self.report.push(rules::E092.finding().at(path.as_str()).message("a file of the manifest is missing"));
            if !inventory.fixity_at(content.place).algorithms().is_empty() {
                self.report.push(rules::E093.finding().at(path).message("a file of the fixity block is missing"));
            }
        }
    }
}
