//! What goes into a new bag: the files of a folder, or those of a list.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use findings::Findings;

use super::options::BagOptions;
use crate::package::catalog::{Catalog, Place};
use crate::package::name::EntryName;
use crate::{BagitError, Form, MemberIndex, Members, Package};

/// The payload of a bag that is to be written.
#[derive(Debug)]
pub struct Payload(Kind);

#[derive(Debug)]
enum Kind {
    Folder(Package),
    Files { files: Vec<(String, PathBuf)> },
}

impl Payload {
    /// Takes every file of a folder of plain files.
    ///
    /// # Errors
    /// It cannot be read, is no folder, or is a bag already.
    pub fn of_folder(path: &Path) -> Result<Self, BagitError> {
        let package = Package::open(path)?;
        match package.form() {
            Form::PlainFolder => Ok(Self(Kind::Folder(package))),
            Form::BagFolder => Err(BagitError::BagOption(format!("{} is a bag already", path.display()))),
            _ => Err(BagitError::BagOption(format!("{} is no folder", path.display()))),
        }
    }

    /// Takes some files, each under a path within `data/`.
    #[must_use]
    pub fn of_files(files: Vec<(String, PathBuf)>) -> Self {
        Self(Kind::Files { files })
    }

    /// Returns how many bytes of a folder have been read; of a list nothing is counted.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        match &self.0 {
            Kind::Folder(package) => package.bytes_read(),
            Kind::Files { .. } => 0,
        }
    }

    /// Lists the files as members of the bag, sorted by the bytes of their paths. What cannot be in a bag is refused.
    pub(super) fn list(&self, options: &BagOptions) -> Result<Listed<'_>, BagitError> {
        let (members, findings, sources) = match &self.0 {
            Kind::Folder(package) => {
                let index = package.index(&options.limits)?;
                (index.members, index.findings, None)
            }
            Kind::Files { files } => {
                let (catalog, sources) = list_files(files, options)?;
                (catalog.members, catalog.findings, Some(sources))
            }
        };
        if !findings.is_acceptable() {
            return Err(BagitError::CannotBag { path: self.path().to_owned(), findings: Box::new(findings) });
        }
        let mut order: Vec<MemberIndex> = members.indexes().collect();
        order.sort_unstable_by(|one, other| members.get(*one).path.cmp(members.get(*other).path));
        Ok(Listed { payload: self, members, findings, order, sources })
    }

    /// Returns the folder, or where the first file of a list is, for messages.
    pub(super) fn path(&self) -> &Path {
        match &self.0 {
            Kind::Folder(package) => package.path(),
            Kind::Files { files } => files.first().map_or(Path::new("."), |(_, from)| from),
        }
    }
}

fn list_files<'a>(
    files: &'a [(String, PathBuf)],
    options: &BagOptions,
) -> Result<(Catalog, Vec<&'a Path>), BagitError> {
    let mut catalog = options.catalog();
    let mut sources = Vec::new();
    for (path, from) in files {
        let name = match EntryName::parse(path.as_bytes()) {
            Ok(name) if !name.text.is_empty() => name.text,
            Ok(_) => return Err(BagitError::BagOption(format!("{} has no path in the bag", from.display()))),
            Err(rule) => {
                catalog.refuse(path.as_bytes(), rule);
                continue;
            }
        };
        let failed = |source| BagitError::Package { path: from.clone(), source };
        let metadata = std::fs::metadata(from).map_err(failed)?;
        if !metadata.is_file() {
            catalog.refuse(path.as_bytes(), &crate::rules::ENTRY_SPECIAL);
            continue;
        }
        let place = Place { size_bytes: metadata.len(), offset_bytes: 0, modified_at: metadata.mtime() };
        if let crate::package::catalog::Entered::Member(_) = catalog.member(&format!("data/{name}"), place) {
            sources.push(from.as_path());
        }
    }
    Ok((catalog, sources))
}

/// A payload that has been listed.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    payload: &'a Payload,
    pub members: Members,
    pub findings: Findings,
    pub order: Vec<MemberIndex>,
    sources: Option<Vec<&'a Path>>,
}

impl Listed<'_> {
    /// Opens a file. Its reader does not give more or less than was listed without an error.
    pub(super) fn open(&self, index: MemberIndex) -> Result<Box<dyn Read + Send + '_>, BagitError> {
        match (&self.payload.0, &self.sources) {
            (Kind::Folder(package), _) => package.open_member(&self.members, index),
            (Kind::Files { .. }, sources) => {
                let from =
                    sources.as_ref().and_then(|sources| sources.get(index.get())).copied().unwrap_or(Path::new(""));
                let failed = |source: io::Error| BagitError::Package { path: from.to_owned(), source };
                Ok(Box::new(File::open(from).map_err(failed)?))
            }
        }
    }
}
