//! A storage root: its own files, the way to its objects, and each object.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use digests::Control;
use findings::Findings;

use super::object_root::report_kind;
use super::root_files::{check_declaration, check_layout};
use super::{Depth, Report, Unchecked, validate_object};
use crate::layout::Layout;
use crate::tree::{SubTree, join};
use crate::{Error, Specification, Tree, TreeEntry, TreeEntryKind, rules};

/// What a check of one object of a root found.
#[derive(Debug)]
pub struct ObjectReport {
    /// The object's directory, relative to the storage root.
    pub path: String,
    /// What was found in it, placement included.
    pub report: Report,
}

/// What a check of a storage root found, its objects aside.
#[derive(Debug)]
pub struct RootReport {
    /// All that is wrong with the root and the way to its objects; paths are relative to the root.
    pub findings: Findings,
    /// What could not be read.
    pub unchecked: Vec<Unchecked>,
    /// Objects found.
    pub objects: u64,
    /// Those of them that are valid.
    pub objects_valid: u64,
}

impl RootReport {
    /// Returns whether everything could be checked, and neither the root nor any object breaks a rule.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.unchecked.is_empty() && self.findings.is_acceptable() && self.objects == self.objects_valid
    }
}

/// Checks a storage root, object after object in order of their paths, and tells of each as soon as it is checked.
///
/// `after` resumes behind an object that was told of before; the receiver may stop at any time. To check several objects
/// at once use [`RootCheck`].
///
/// # Errors
/// The root cannot be listed, or an inventory passes a bound.
pub fn validate_root(
    tree: &dyn Tree,
    depth: Depth,
    after: Option<&str>,
    tell: &mut dyn FnMut(&ObjectReport) -> Control,
) -> Result<RootReport, Error> {
    let mut root = RootCheck::open(tree)?;
    while let Some(path) = root.next_object() {
        if after.is_some_and(|after| path.as_str() <= after) {
            root.pass_over(&path);
            continue;
        }
        let report = validate_object(&SubTree::new(tree, &path), depth)?;
        let object = root.settle(path, report);
        if tell(&object) == Control::Stop {
            break;
        }
    }
    Ok(root.finish())
}

/// A check of a storage root whose objects the caller checks, one at a time or many at once.
///
/// Take paths from [`next_object`](Self::next_object), check each with [`validate_object`] on a [`SubTree`], give the
/// report to [`settle`](Self::settle), and [`finish`](Self::finish).
pub struct RootCheck<'tree> {
    tree: &'tree dyn Tree,
    specification: Option<Specification>,
    layout: Option<Layout>,
    /// Directories still to be looked into, the next one last.
    folders: Vec<String>,
    /// Notes and findings of the root itself.
    report: Report,
    ids: HashSet<u64>,
    depths: BTreeSet<usize>,
    objects: u64,
    objects_valid: u64,
}

impl<'tree> RootCheck<'tree> {
    /// Checks the files of the root itself.
    ///
    /// # Errors
    /// The root cannot be listed.
    pub fn open(tree: &'tree dyn Tree) -> Result<Self, Error> {
        let mut entries = tree.list("").map_err(|source| Error::Read { path: String::new(), source })?;
        entries.sort();
        let mut report = Report::default();
        let specification = check_declaration(tree, &entries, &mut report);
        let layout = check_layout(tree, &entries, &mut report);
        for entry in &entries {
            report_kind(&mut report, entry.kind, &entry.name);
        }
        let is_folder = |entry: &&TreeEntry| entry.kind == TreeEntryKind::Directory && entry.name != "extensions";
        let folders = entries.iter().rev().filter(is_folder).map(|entry| entry.name.clone()).collect();
        Ok(Self {
            tree,
            specification,
            layout,
            folders,
            report,
            ids: HashSet::new(),
            depths: BTreeSet::new(),
            objects: 0,
            objects_valid: 0,
        })
    }

    /// Returns the layout that the root declares, when it is one that this crate knows.
    #[must_use]
    pub fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// Returns the directory of the next object, in order of paths; `None` when there are no more.
    pub fn next_object(&mut self) -> Option<String> {
        while let Some(folder) = self.folders.pop() {
            let mut entries = match self.tree.list(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.report.could_not_check(&folder, error);
                    continue;
                }
            };
            // An object whose declaration was lost is still known by its inventory.
            if entries
                .iter()
                .any(|entry| entry.name.starts_with("0=ocfl_object_") || entry.name == crate::INVENTORY_FILE)
            {
                return Some(folder);
            }
            entries.sort();
            self.folder_on_the_way(&folder, &entries);
        }
        None
    }

    fn folder_on_the_way(&mut self, folder: &str, entries: &[TreeEntry]) {
        if entries.is_empty() {
            self.report.find(&rules::E073, folder);
        }
        for entry in entries.iter().rev() {
            let path = join(folder, &entry.name);
            match entry.kind {
                TreeEntryKind::Directory => self.folders.push(path),
                TreeEntryKind::File => self.report.find(&rules::E072, &path),
                kind => report_kind(&mut self.report, kind, &path),
            }
        }
    }

    /// Notes where an object lies that is not checked this time.
    pub fn pass_over(&mut self, path: &str) {
        self.depths.insert(path.split('/').count());
    }

    /// Adds to an object's report what only the root can tell: that it lies elsewhere than the layout says, has the id
    /// of another object, or conforms to a later specification than the root.
    pub fn settle(&mut self, path: String, mut report: Report) -> ObjectReport {
        self.pass_over(&path);
        if let (Some(own), Some(root)) = (report.specification, self.specification)
            && own > root
        {
            report.push(rules::E081.finding().at("").expected(root.number()).seen(own.number()));
        }
        let id = report.inventory.as_ref().map(|inventory| inventory.id().to_owned()).unwrap_or_default();
        if !id.is_empty() {
            self.settle_id(&id, &path, &mut report);
        }
        self.objects += 1;
        self.objects_valid += u64::from(report.is_valid());
        ObjectReport { path, report }
    }

    fn settle_id(&mut self, id: &str, path: &str, report: &mut Report) {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        if !self.ids.insert(hasher.finish()) {
            report.push(rules::E037.finding().at("").seen(id).message("another object of the root has the same id"));
        }
        let Some(layout) = &self.layout else { return };
        match layout.object_path(id) {
            Ok(expected) if expected == path => {}
            Ok(expected) => report.push(rules::E083.finding().at("").expected(expected).seen(path)),
            Err(error) => report.push(rules::E083.finding().at("").seen(error.to_string())),
        }
    }

    /// Ends the check with what can be said only at the end.
    #[must_use]
    pub fn finish(mut self) -> RootReport {
        let (first, last) = (self.depths.first().copied(), self.depths.last().copied());
        if first == Some(1) && last > Some(1) {
            self.report.find(&rules::W015, "");
        } else if first != last && self.layout.is_none() {
            self.report.find(&rules::W014, "");
        }
        RootReport {
            findings: self.report.findings,
            unchecked: self.report.unchecked,
            objects: self.objects,
            objects_valid: self.objects_valid,
        }
    }
}
