//! An object held against the specification: all that is wrong with it, in one pass.

mod content;
mod declaration;
mod extensions;
mod history;
mod inventory_file;
mod object_root;
mod root;
mod root_files;
mod version_directory;

use std::io;

use digests::Limits;
use findings::{Finding, Findings, Rule};

pub use root::{ObjectReport, RootCheck, RootReport, validate_root};

use crate::{Error, Inventory, Specification, Tree};

/// How deep a check goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Names, inventories and sidecars; that files are there. No content is read.
    Structure,
    /// All that, and every byte of content is read and held against all its digests.
    Content,
}

/// What a check of one object found.
#[derive(Debug, Default)]
pub struct Report {
    /// All that is wrong; paths are relative to the object root.
    pub findings: Findings,
    /// What could not be read, and is therefore neither right nor wrong.
    pub unchecked: Vec<Unchecked>,
    /// The specification that the object declares.
    pub specification: Option<Specification>,
    /// The inventory of the object root, as far as it could be understood.
    pub inventory: Option<Inventory>,
    /// Files of content that are there.
    pub files: u64,
    /// Their bytes, by their sizes.
    pub size_bytes: u64,
}

/// A part of an object that could not be checked.
#[derive(Debug)]
pub struct Unchecked {
    /// Relative to the object root.
    pub path: String,
    /// Why.
    pub error: io::Error,
}

/// Parts that could not be checked and are named one by one; of more only the first are.
const UNCHECKED_MAX: usize = 10_000;

impl Report {
    /// Returns whether everything could be checked and no rule is broken; warnings do not count.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.unchecked.is_empty() && self.findings.is_acceptable()
    }

    fn find(&mut self, rule: &Rule, path: &str) {
        self.findings.push(rule.finding().at(path));
    }

    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn could_not_check(&mut self, path: &str, error: io::Error) {
        if self.unchecked.len() < UNCHECKED_MAX {
            self.unchecked.push(Unchecked { path: path.to_owned(), error });
        }
    }
}

/// Checks one object, whose root is the base of the tree.
///
/// All findings are reported, not the first alone. What cannot be read is listed apart, so that a check which was not
/// made never counts as a pass. Links are reported and never followed.
///
/// # Errors
/// The object root itself cannot be listed, or an inventory passes a bound.
pub fn validate_object(tree: &dyn Tree, depth: Depth) -> Result<Report, Error> {
    validate_object_with(tree, depth, Limits::default())
}

/// Checks one object with other bounds for the hashing than the default ones.
///
/// # Errors
/// As [`validate_object`].
pub fn validate_object_with(tree: &dyn Tree, depth: Depth, limits: Limits) -> Result<Report, Error> {
    let mut check = ObjectCheck { tree, report: Report::default() };
    let root = check.object_root()?;
    let Some(parsed) = check.root_inventory(&root)? else { return Ok(check.report) };
    let Some(inventory) = &parsed.inventory else { return Ok(check.report) };
    let found = check.version_directories(&root, &parsed, inventory);
    check.missing_files(inventory, &found);
    let expectations = check.history(&root, &parsed, inventory, &found)?;
    if depth == Depth::Content {
        check.content(inventory, &found, &expectations, limits);
    }
    let mut report = check.report;
    report.inventory = parsed.inventory;
    Ok(report)
}

/// The check of one object, under way.
struct ObjectCheck<'tree> {
    tree: &'tree dyn Tree,
    report: Report,
}
