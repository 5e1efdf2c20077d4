//! What the table knows of formats, signatures included.

use std::fmt::{Display, Formatter, Result};

use super::{Pattern, Sequence, SubSequence};
use crate::ContainerKind;

/// A PRONOM unique identifier, such as `fmt/40`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Puid(Box<str>);

impl Puid {
    /// Takes the identifier as it is written: custom files have their own forms.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the identifier as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Puid {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        out.write_str(&self.0)
    }
}

/// A file format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// Its identifier.
    pub puid: Puid,
    /// The number that signature files know it by.
    pub file_format_id: u32,
    /// Its name.
    pub name: String,
    /// Its version, if the name alone does not say it.
    pub version: Option<String>,
    /// Its media type; several are separated by commas.
    pub mime: Option<String>,
    /// The extensions of its files, without the dot, in the case of the signature file.
    pub extensions: Vec<String>,
    /// The formats that are no answer any more when this one is.
    pub priority_over: Vec<Puid>,
    /// Any of these tells the format.
    pub signatures: Vec<Signature>,
}

impl Format {
    /// Says whether files of this format have this extension, whatever its case.
    #[must_use]
    pub fn has_extension(&self, extension: &str) -> bool {
        self.extensions.iter().any(|own| own.eq_ignore_ascii_case(extension))
    }
}

/// Sequences that must all be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The number that signature files know it by.
    pub id: u32,
    /// What must be there.
    pub sequences: Vec<Sequence>,
}

impl Signature {
    /// Returns how many plain bytes every match has.
    #[must_use]
    pub fn plain_bytes(&self) -> usize {
        let parts = self.sequences.iter().flat_map(|sequence| &sequence.parts);
        parts.flat_map(SubSequence::required).flat_map(Pattern::runs).map(|(_, run)| run.len()).sum()
    }
}

/// Inner files that must all be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerSignature {
    /// The number that signature files know it by.
    pub id: u32,
    /// The kind of container.
    pub kind: ContainerKind,
    /// The format that it tells.
    pub puid: Puid,
    /// What must be there.
    pub files: Vec<InnerFile>,
}

/// A file inside of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerFile {
    /// Its path, with `/` between the parts.
    pub path: String,
    /// One of these must match; with none, it is enough that the file is there.
    pub signatures: Vec<Signature>,
}

/// Returns the kind of container that signature files call by this name.
#[must_use]
pub fn kind_named(name: &str) -> Option<ContainerKind> {
    match name {
        "ZIP" => Some(ContainerKind::Zip),
        "OLE2" => Some(ContainerKind::Ole2),
        _ => None,
    }
}

/// Returns the name that signature files have for a kind of container.
#[must_use]
pub const fn kind_name(kind: ContainerKind) -> &'static str {
    match kind {
        ContainerKind::Zip => "ZIP",
        ContainerKind::Ole2 => "OLE2",
    }
}
