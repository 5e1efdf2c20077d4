//! A digest of a file, with who computed it.

use digests::{Algorithm, Digest};
use serde::{Deserialize, Serialize};

/// A digest of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Plain", try_from = "Plain")]
pub struct Fixity {
    /// The digest.
    pub digest: Digest,
    /// Who computed it first: the depositor, or a program.
    pub originator: Option<String>,
}

impl From<Digest> for Fixity {
    fn from(digest: Digest) -> Self {
        Self { digest, originator: None }
    }
}

/// How a fixity stands in JSON.
#[derive(Clone, Serialize, Deserialize)]
struct Plain {
    algorithm: Algorithm,
    digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    originator: Option<String>,
}

impl From<Fixity> for Plain {
    fn from(fixity: Fixity) -> Self {
        Self { algorithm: fixity.digest.algorithm(), digest: fixity.digest.to_hex(), originator: fixity.originator }
    }
}

impl TryFrom<Plain> for Fixity {
    type Error = digests::ParseDigestError;

    fn try_from(plain: Plain) -> Result<Self, Self::Error> {
        Ok(Self { digest: Digest::parse(plain.algorithm, &plain.digest)?, originator: plain.originator })
    }
}
