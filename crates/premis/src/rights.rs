//! Rights: on what ground an archive may do what with an object.

use serde::{Deserialize, Serialize};

use crate::Identifier;

/// A rights statement. Dates are Extended Date/Time Format texts (ISO 8601-2), as the schema asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Its identifier.
    pub identifier: Identifier,
    /// The ground on which it stands.
    pub basis: Basis,
    /// What it allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// The objects for which it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<Identifier>,
    /// The agents who gave or hold it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<Identifier>,
}

/// The ground on which a rights statement stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Basis {
    /// The work's copyright.
    Copyright {
        /// `copyrighted`, `public domain`, `unknown`.
        status: String,
        /// The country, preferably by ISO 3166-1.
        jurisdiction: String,
        /// Anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A licence or an agreement of deposit.
    License {
        /// Its text, or its name.
        terms: String,
        /// Where its text lies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<Identifier>,
        /// Anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A law.
    Statute {
        /// The country, preferably by ISO 3166-1.
        jurisdiction: String,
        /// The law.
        citation: String,
        /// Anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Something else, such as a policy of the archive.
    Other {
        /// What it is.
        basis: String,
        /// Anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
}

/// One thing that a rights statement allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What may be done: `replicate`, `disseminate`.
    pub act: String,
    /// What may not be done nevertheless.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<String>,
    /// How long it may be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<Term>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Its first day.
    pub start: String,
    /// Its last day; without one it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}
