//! How good the proof is that a replica holds the right bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The grade of a proof, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Evidence {
    /// We read the bytes back from the store and computed their digests.
    A,
    /// The provider computed the digest again from the bytes at rest.
    B,
    /// The provider's stored checksum, checked when the bytes were written.
    C,
    /// Only the size was compared: never enough to call an object stored.
    D,
}

impl Evidence {
    /// Returns the letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Evidence::A => "A",
            Evidence::B => "B",
            Evidence::C => "C",
            Evidence::D => "D",
        }
    }

    /// Returns the grade of a letter.
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<Self> {
        [Evidence::A, Evidence::B, Evidence::C, Evidence::D].into_iter().find(|grade| grade.letter() == letter)
    }

    /// Returns what the grade means, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Evidence::A => "bytes read back by us",
            Evidence::B => "recomputed at rest by the provider",
            Evidence::C => "provider's checksum of the upload",
            Evidence::D => "size only",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.letter())
    }
}
