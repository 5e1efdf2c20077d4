//! How much of a replica is checked: all of it, or the bytes of one file.

use digests::Digest;

/// What of a replica is compared. Its documents always are: without them nobody can say where the bytes lie.
#[derive(Debug, Clone, Default)]
pub enum Scope {
    /// Every content of every version. Only this proves the replica.
    #[default]
    Whole,
    /// The contents of these digests: a file, as each version has it.
    Contents(Vec<Digest>),
}

impl Scope {
    /// Returns whether a content is compared.
    #[must_use]
    pub fn takes(&self, digest: Digest) -> bool {
        match self {
            Scope::Whole => true,
            Scope::Contents(digests) => digests.contains(&digest),
        }
    }

    /// Returns whether a content is compared, by its digest in hexadecimal.
    #[must_use]
    pub fn takes_hex(&self, digest: &str) -> bool {
        match self {
            Scope::Whole => true,
            Scope::Contents(digests) => digests.iter().any(|one| one.to_hex() == digest),
        }
    }
}
