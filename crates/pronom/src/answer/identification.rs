//! The answer for one file.

use super::TextEncoding;
use crate::ContainerKind;
use crate::matching::Place;
use crate::table::{Format, Puid};

/// The answer for one file.
///
/// Only the strongest kind of evidence counts: what is inside of a container, else signatures, else the extension, else
/// that the file is text. Formats that another one has priority over are no candidates. Of several candidates the best is
///
/// - told by signatures: the one whose files are named like this one; then the one whose signature has the most plain
///   bytes; then that of the lowest PUID, `fmt` before `x-fmt`;
/// - told by the extension: one that has no signature, as that of another did not match; then one that is text if the
///   file is, and is none if the file is none; one with a media type; the one with the fewest extensions; the lowest PUID.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identification<'s> {
    /// The best of the candidates; none when nothing is known about the file.
    pub best: Option<Match<'s>>,
    /// All formats that the file may have, the best first.
    pub candidates: Vec<Match<'s>>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// The kind of container, when signatures look into such files. An answer of a
    /// [`Recognizer`](crate::Recognizer) is provisional then: see [`settle`](crate::settle).
    pub container: Option<ContainerKind>,
    /// The encoding of the text, when no signature matched or the best answer is a text format.
    pub text: Option<TextEncoding>,
}

/// A format that a file may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'s> {
    /// The format.
    pub format: &'s Format,
    /// What tells it.
    pub kind: MatchKind,
    /// Where it is told; nothing for an extension or text.
    pub basis: Vec<Basis>,
}

impl<'s> Match<'s> {
    /// Returns the identifier of the format.
    #[must_use]
    pub fn puid(&self) -> &'s Puid {
        &self.format.puid
    }

    /// Returns the name of the format.
    #[must_use]
    pub fn name(&self) -> &'s str {
        &self.format.name
    }

    /// Returns the version of the format.
    #[must_use]
    pub fn version(&self) -> Option<&'s str> {
        self.format.version.as_deref()
    }

    /// Returns the media type of the format.
    #[must_use]
    pub fn mime(&self) -> Option<&'s str> {
        self.format.mime.as_deref()
    }
}

/// What tells a format, from the weakest evidence to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchKind {
    /// The file is text of some kind.
    Text,
    /// The extension of its name.
    Extension,
    /// Bytes at its begin or end.
    Signature,
    /// Files inside of it.
    Container,
}

/// Where one signature matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// The number that signature files know the signature by.
    pub signature_id: u32,
    /// The inner file, for a container.
    pub inner_path: Option<String>,
    /// The places of its sequences, in the order of the signature.
    pub places: Vec<Place>,
}

/// What a person should know about an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// The bytes tell a format whose files are named otherwise.
    #[error("files of this format do not have the extension {0:?}")]
    ExtensionMismatch(String),
    /// The evidence fits several formats, none of which has priority. Not said of text that is named as text.
    #[error("the evidence fits {0} formats")]
    SeveralCandidates(usize),
    /// What is inside of a container could not be looked at, or not wholly.
    #[error("the container could not be read: {0}")]
    ContainerUnreadable(String),
    /// There is nothing to tell a format by.
    #[error("the file is empty")]
    EmptyFile,
    /// Comparing was cut off at its bound, so that a format may have been missed.
    #[error("the file is made such that comparing it was cut off")]
    WorkSpent,
}
