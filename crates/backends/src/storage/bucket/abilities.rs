//! What a bucket was proven to be able to do: kept in the store, beside its marker.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// Names in a listing come encoded when that is asked for; else they are asked for as they are.
    pub encoded_listings: bool,
    /// It makes an object of a stretch of another by itself.
    pub range_copy: bool,
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
            encoded_listings: true,
            range_copy: false,
            proven_at: None,
        }
    }
}
