//! Why something could not be done: never what is wrong with an object that was checked.

use std::io;

use digests::Algorithm;
use findings::Findings;

/// Why a call of this crate failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the object or root could not be read.
    #[error("cannot read {path:?}")]
    Read {
        /// Relative to the tree's base.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Output could not be written.
    #[error("cannot write the inventory")]
    Write(#[source] io::Error),
    /// An inventory breaks rules of the specification, and so nothing may be built upon it.
    #[error("the inventory breaks {} rules of OCFL{}", .0.errors, first(.0))]
    InvalidInventory(Box<Findings>),
    /// Something is larger than the bound that is set for it.
    #[error("{what} goes over the limit of {limit}")]
    TooLarge {
        /// What grew.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// A text is not the name of a version directory (OCFL 1.1 §3.3).
    #[error("{0:?} is not a version number such as v1 or v0001")]
    VersionNumber(String),
    /// The zero-padded numbers of this object are used up (OCFL 1.1 §3.3).
    #[error("no version can follow {0} with the same number of digits")]
    NoNextVersion(crate::VersionNumber),
    /// A logical path that OCFL forbids: empty, or with an empty, `.` or `..` element (OCFL 1.1 §3.5.3.1).
    #[error("logical path {0:?} is empty or has an empty, . or .. element")]
    LogicalPath(String),
    /// Two files of one version want the same logical path, or one wants to be the folder of the other.
    #[error("logical paths {0:?} and {1:?} cannot both be in one version")]
    LogicalPathConflict(String, String),
    /// A digest is of another algorithm than the object is addressed by.
    #[error("the object is addressed by {expected}, but a digest of {seen} was given")]
    Algorithm {
        /// The object's own.
        expected: Algorithm,
        /// The other one.
        seen: Algorithm,
    },
    /// An algorithm that OCFL does not allow for addressing content (OCFL 1.1 §3.4).
    #[error("content cannot be addressed by {0}: OCFL allows sha256 and sha512")]
    AddressAlgorithm(Algorithm),
    /// The inventory of another object was given as the previous one.
    #[error("the previous inventory is of object {seen:?}, not {expected:?}")]
    OtherObject {
        /// The id asked for.
        expected: String,
        /// The id in the inventory.
        seen: String,
    },
    /// A date is not in the form of RFC 3339.
    #[error("{0:?} is not a date and time of RFC 3339 with seconds and zone")]
    Created(String),
    /// There is no such version.
    #[error("the object has no version {0}")]
    NoSuchVersion(crate::VersionNumber),
    /// The manifest names no content for a digest of a version's state.
    #[error("the manifest has no content for {logical_path:?} ({digest})")]
    NoContent {
        /// The file in question.
        logical_path: String,
        /// What was looked up, in hexadecimal.
        digest: String,
    },
    /// The bytes that went out are not those that went in.
    #[error("{content_path:?} is damaged: expected {expected}, read {seen}")]
    Damaged {
        /// Where the bytes lie in the object.
        content_path: String,
        /// The digest that the manifest gives, in hexadecimal.
        expected: String,
        /// The digest of what was read.
        seen: String,
    },
    /// The receiver of an exported file failed.
    #[error("cannot export {logical_path:?}")]
    Export {
        /// The file in question.
        logical_path: String,
        /// Why.
        source: io::Error,
    },
    /// A storage layout cannot place this identifier.
    #[error("layout {layout} cannot place object {id:?}: {reason}")]
    CannotPlace {
        /// The registered name of the layout.
        layout: &'static str,
        /// The object's identifier.
        id: String,
        /// Why.
        reason: &'static str,
    },
    /// A storage layout that this crate does not know.
    #[error("unknown storage layout {0:?}")]
    UnknownLayout(String),
    /// The configuration of a layout is wrong.
    #[error("the configuration of layout {layout} is wrong: {reason}")]
    LayoutConfiguration {
        /// The registered name of the layout.
        layout: &'static str,
        /// Why.
        reason: String,
    },
    /// A path cannot be joined to a folder without leaving it.
    #[error("path {0:?} would leave the folder or cannot be a file's name")]
    UnsafePath(String),
}

fn first(findings: &Findings) -> String {
    findings.list.iter().find(|finding| finding.is_error()).map_or_else(String::new, |finding| format!(": {finding}"))
}
