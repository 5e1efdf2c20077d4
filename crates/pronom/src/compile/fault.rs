//! Why a signature file or an encoded table is refused.

use std::fmt::{Display, Formatter, Result};

/// Why a signature file or an encoded table is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    /// The name of the file, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The element or the keyword of the line.
    pub element: String,
    /// What is wrong there.
    pub fault: Fault,
}

impl Display for CompileError {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{}, line {}, {}: {}", self.file, self.line, self.element, self.fault)
    }
}

impl std::error::Error for CompileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.fault)
    }
}

/// What is wrong with a signature file or an encoded table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The XML itself is broken.
    #[error("this is no well-formed XML: {0}")]
    Xml(String),
    /// A document type could grow without bound, and no signature file has one.
    #[error("a document type declaration is not accepted; delete it")]
    DocumentType,
    /// The root is that of another kind of file.
    #[error("a signature file begins with FFSignatureFile or ContainerSignatureMapping")]
    OtherKind,
    /// An attribute, element or field is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A number or name is not what it has to be.
    #[error("{what} cannot be {text:?}")]
    Value {
        /// The attribute or field.
        what: &'static str,
        /// What it says.
        text: String,
    },
    /// A byte sequence breaks off or has a sign that it should not have.
    #[error("{what} (at column {column} of the byte sequence)")]
    Syntax {
        /// What is wrong.
        what: &'static str,
        /// The column, from 1.
        column: usize,
    },
    /// A fragment with a gap of several lengths, or with a `*`.
    #[error("a fragment has a known length: write a gap of several lengths as MinOffset and MaxOffset")]
    VariableLength,
    /// A sequence that any file, or no file, would match.
    #[error("there is nothing to look for")]
    Nothing,
    /// A gap, text or file is longer than its bound.
    #[error("it is longer than the limit of {limit} bytes")]
    TooLong {
        /// The bound.
        limit: u64,
    },
    /// There are more of something than its bound.
    #[error("there are more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// A reference leads nowhere.
    #[error("there is no {what} {text}")]
    Unknown {
        /// What is referred to.
        what: &'static str,
        /// By which name.
        text: String,
    },
    /// The same identifier is given to two things.
    #[error("{what} {text} is there twice")]
    Twice {
        /// What it identifies.
        what: &'static str,
        /// The identifier.
        text: String,
    },
}
