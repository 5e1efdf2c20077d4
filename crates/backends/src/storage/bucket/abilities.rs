//! What a bucket was proven to be able to do: kept in the store, beside its marker.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes of a key at the most, by the definition of S3.
pub(super) const KEY_BYTES_MAX: usize = 1024;
/// Its name in the store's own folder.
pub(super) const ABILITIES: &str = "strongroom-abilities.json";

/// What was proven. Nothing else is relied upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Abilities {
    /// `If-None-Match: *` keeps a second writer from replacing what is there.
    pub put_if_absent: bool,
    /// `If-Match` keeps a writer from replacing what it has not read.
    pub put_if_same: bool,
    /// What arrives with another sha256 than it was sent with is refused.
    pub sha256: bool,
    /// It computes the sha256 of what it copies; of a store whose bucket was looked at before that was tried, nobody knows.
    pub copied_sha256: Option<bool>,
    /// Names in a listing come encoded when that is asked for; else they are asked for as they are.
    pub encoded_listings: bool,
    /// It makes an object of a stretch of another by itself.
    pub range_copy: bool,
    /// Bytes of a key at the most.
    pub key_bytes_max: usize,
    /// When that was proven.
    pub proven_at: Option<Timestamp>,
}

impl Default for Abilities {
    /// What may be believed of a bucket that nobody has looked at.
    fn default() -> Self {
        Self {
            put_if_absent: false,
            put_if_same: false,
            sha256: true,
            copied_sha256: None,
            encoded_listings: true,
            range_copy: false,
            key_bytes_max: KEY_BYTES_MAX,
            proven_at: None,
        }
    }
}

impl Abilities {
    /// Says whether copies ask for a sha256: where that was not tried, a server is asked that knows the sha256 of what arrives.
    #[must_use]
    pub fn copies_with_sha256(&self) -> bool {
        self.copied_sha256.unwrap_or(self.sha256)
    }
}
