//! The inventory of an object, compact in memory: what each version holds and where its bytes lie.

mod digest_table;
mod draft;
mod names;
mod place;
mod read;
mod write;

use digests::{Algorithm, Digest, Digests};

pub(crate) use digest_table::{DigestInterner, DigestTable};
pub(crate) use draft::Draft;
pub use names::NAMES_BYTES_MAX;
pub(crate) use names::{NameTable, Names};
pub(crate) use place::{Place, split};
pub use read::{INVENTORY_BYTES_MAX, Parsed};

use crate::{Specification, VersionNumber};

/// The content directory of an inventory that names none (OCFL 1.1 §3.3.1).
pub const CONTENT_DIRECTORY: &str = "content";

/// The inventory of an object (OCFL 1.1 §3.5).
///
/// Paths and digests are each kept once for all versions: a million files of one version take about
/// 100 MB, and each further version eight bytes a file that it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    pub(crate) id: String,
    pub(crate) specification: Specification,
    pub(crate) algorithm: Algorithm,
    pub(crate) head: VersionNumber,
    pub(crate) content_directory: Option<String>,
    /// All logical paths, and the parts of content paths after the content directory; in order.
    pub(crate) names: Names,
    /// All digests of manifest and states; in order.
    pub(crate) digests: DigestTable,
    /// In order of place.
    pub(crate) manifest: Vec<Content>,
    /// For each digest its first entry of the manifest, or [`NOWHERE`].
    pub(crate) content_of: Vec<u32>,
    pub(crate) fixity: Vec<FixityBlock>,
    /// The versions from the first to the head.
    pub(crate) versions: Vec<Version>,
}

pub(crate) const NOWHERE: u32 = u32::MAX;

/// One content path and the digest that it is listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    pub digest: u32,
    pub place: Place,
}

/// The digests of one algorithm in the fixity block, in order of place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FixityBlock {
    pub algorithm: Algorithm,
    pub digests: DigestTable,
    pub entries: Vec<Content>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub notes: VersionNotes,
    /// In order of path.
    pub state: Vec<Entry>,
}

/// One logical path of a state and its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub digest: u32,
    pub path: u32,
}

/// Who made a version, when and why (OCFL 1.1 §3.5.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionNotes {
    /// When the version was made, as RFC 3339 writes it, with seconds and zone.
    pub created: String,
    /// Why.
    pub message: Option<String>,
    /// Who.
    pub user: Option<User>,
}

/// The person or program that made a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Any readable name.
    pub name: String,
    /// A URI: `mailto:` or a personal identifier.
    pub address: Option<String>,
}

impl Inventory {
    /// Returns the object's identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the specification that the inventory conforms to.
    #[must_use]
    pub fn specification(&self) -> Specification {
        self.specification
    }

    /// Returns the algorithm that content is addressed by: sha256 or sha512.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the number of the newest version.
    #[must_use]
    pub fn head(&self) -> VersionNumber {
        self.head
    }

    /// Returns the name of the directory in each version that holds its content.
    #[must_use]
    pub fn content_directory(&self) -> &str {
        self.content_directory.as_deref().unwrap_or(CONTENT_DIRECTORY)
    }

    /// Returns the numbers of all versions, the oldest first.
    pub fn version_numbers(&self) -> impl Iterator<Item = VersionNumber> {
        (1..=self.versions.len() as u32).map(|number| VersionNumber::padded(number, self.head.width()))
    }

    /// Returns who made a version, when and why; `None` when there is no such version.
    #[must_use]
    pub fn notes(&self, version: VersionNumber) -> Option<&VersionNotes> {
        self.version(version).map(|version| &version.notes)
    }

    /// Returns the files of a version in order of logical path; nothing when there is no such version.
    pub fn state(&self, version: VersionNumber) -> impl ExactSizeIterator<Item = (&str, Digest)> {
        let state = self.version(version).map_or(&[][..], |version| &version.state);
        state.iter().map(|entry| (self.names.get(entry.path), self.digest(entry.digest)))
    }

    /// Returns how many files a version has; 0 when there is no such version.
    #[must_use]
    pub fn file_count(&self, version: VersionNumber) -> usize {
        self.version(version).map_or(0, |version| version.state.len())
    }

    /// Returns the digest of a file of a version.
    #[must_use]
    pub fn digest_of(&self, version: VersionNumber, logical_path: &str) -> Option<Digest> {
        let path = self.names.find(logical_path)?;
        let state = &self.version(version)?.state;
        let place = state.binary_search_by_key(&path, |entry| entry.path).ok()?;
        Some(self.digest(state[place].digest))
    }

    /// Returns where the bytes of a digest lie, relative to the object root; the first place when there are several.
    #[must_use]
    pub fn content_path(&self, digest: Digest) -> Option<String> {
        self.first_path(self.find_digest(digest)?)
    }

    /// Returns whether the object holds the bytes of a digest.
    #[must_use]
    pub fn holds(&self, digest: Digest) -> bool {
        self.find_digest(digest).is_some_and(|digest| self.content_of[digest as usize] != NOWHERE)
    }

    /// Returns every content path with its digest, in order of version and path.
    pub fn contents(&self) -> impl ExactSizeIterator<Item = (String, Digest)> {
        self.manifest.iter().map(|content| (self.path_of(content.place), self.digest(content.digest)))
    }

    /// Returns the further digests that the fixity block gives for a content path.
    #[must_use]
    pub fn fixity_of(&self, content_path: &str) -> Digests {
        self.place_of(content_path).map_or_else(Digests::default, |place| self.fixity_at(place))
    }

    /// Returns the algorithms of the fixity block.
    pub fn fixity_algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.fixity.iter().map(|block| block.algorithm)
    }

    pub(crate) fn version(&self, version: VersionNumber) -> Option<&Version> {
        self.versions.get(version.number() as usize - 1)
    }

    pub(crate) fn digest(&self, digest: u32) -> Digest {
        Digest::from_bytes(self.algorithm, self.digests.get(digest)).expect("the table is as wide as its algorithm")
    }

    pub(crate) fn find_digest(&self, digest: Digest) -> Option<u32> {
        if digest.algorithm() == self.algorithm { self.digests.find(digest.as_bytes()) } else { None }
    }

    pub(crate) fn first_path(&self, digest: u32) -> Option<String> {
        let first = self.content_of[digest as usize];
        (first != NOWHERE).then(|| self.path_of(self.manifest[first as usize].place))
    }

    pub(crate) fn path_of(&self, place: Place) -> String {
        let name = self.names.get(place.name);
        match place.version() {
            Some(version) => format!("{version}/{}/{name}", self.content_directory()),
            None => name.to_owned(),
        }
    }

    pub(crate) fn place_of(&self, content_path: &str) -> Option<Place> {
        match split(content_path, self.content_directory()) {
            Some((version, name)) => self.names.find(name).map(|name| Place::new(version, name)),
            None => self.names.find(content_path).map(Place::whole),
        }
    }

    /// Returns the first entry of the manifest that lies in a version's content directory.
    pub(crate) fn first_of(&self, version: VersionNumber) -> Option<Content> {
        let first = self.manifest.partition_point(|content| content.place < Place::new(version, 0));
        self.manifest.get(first).copied().filter(|content| content.place.version() == Some(version))
    }

    /// Returns which entries of the manifest have a place: one, unless the inventory is broken.
    pub(crate) fn contents_at(&self, place: Place) -> std::ops::Range<usize> {
        let first = self.manifest.partition_point(|content| content.place < place);
        let count = self.manifest[first..].iter().take_while(|content| content.place == place).count();
        first..first + count
    }

    pub(crate) fn fixity_at(&self, place: Place) -> Digests {
        let mut digests = Digests::default();
        for block in &self.fixity {
            if let Ok(found) = block.entries.binary_search_by_key(&place, |entry| entry.place) {
                let bytes = block.digests.get(block.entries[found].digest);
                digests.set(Digest::from_bytes(block.algorithm, bytes).expect("the table is as wide as its algorithm"));
            }
        }
        digests
    }
}
