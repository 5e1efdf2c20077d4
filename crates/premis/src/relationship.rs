//! How one object stands to another.

use serde::{Deserialize, Serialize};

use crate::Identifier;
use crate::VocabularyTerm;

/// How one object stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RelationshipKind {
    /// A part of another object of its own category.
    IsPartOf,
    /// A part of an object of another category: a file in a representation.
    IsIncludedIn,
    /// A representation of an intellectual entity.
    Represents,
}

impl RelationshipKind {
    /// Returns the broader term: all of ours are structural.
    pub(crate) const fn broader() -> VocabularyTerm {
        VocabularyTerm { scheme: "relationshipType", label: "structural", code: Some("str") }
    }

    pub(crate) const fn term(self) -> VocabularyTerm {
        let (label, code) = match self {
            RelationshipKind::IsPartOf => ("is part of", "isp"),
            RelationshipKind::IsIncludedIn => ("is included in", "isi"),
            RelationshipKind::Represents => ("represents", "rep"),
        };
        VocabularyTerm { scheme: "relationshipSubType", label, code: Some(code) }
    }
}

/// One object's relationship to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relationship {
    /// What it is.
    pub kind: RelationshipKind,
    /// The other object.
    pub object: Identifier,
}
