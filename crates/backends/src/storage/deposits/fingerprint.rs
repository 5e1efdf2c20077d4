//! By what an object is known again: its length, when it was written, and its entity tag.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::s3::Head;

/// Bytes of an entity tag at the most.
const ETAG_BYTES_MAX: usize = 256;

/// An object as it was when it was looked at. Says that it changed, never that it did not: no proof of content.
///
/// Its text form is `s3:<bytes>:<seconds since 1970>:<entity tag>`, stable across versions. Listings tell the time to the
/// millisecond and a look at one object only to the second, which is what counts here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectFingerprint {
    /// Bytes of the object.
    pub size_bytes: u64,
    /// When it was written, in seconds since 1970; 0 when the server does not say.
    pub modified_seconds: i64,
    /// The entity tag as the server writes it, in its quotes.
    pub etag: String,
}

/// A text is not that of a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the text of the fingerprint of an object")]
pub struct ParseObjectFingerprintError(String);

impl ObjectFingerprint {
    pub(super) fn new(size_bytes: u64, modified: Option<Timestamp>, etag: &str) -> Self {
        Self { size_bytes, modified_seconds: modified.map_or(0, Timestamp::as_second), etag: etag.to_owned() }
    }

    pub(super) fn of(head: &Head) -> Self {
        Self::new(head.size_bytes, head.modified, &head.etag)
    }

    /// Returns when it was written; 1970 when the server does not say.
    #[must_use]
    pub fn modified_at(&self) -> Timestamp {
        Timestamp::from_second(self.modified_seconds).unwrap_or_default()
    }
}

impl fmt::Display for ObjectFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3:{}:{}:{}", self.size_bytes, self.modified_seconds, self.etag)
    }
}

impl FromStr for ObjectFingerprint {
    type Err = ParseObjectFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .filter(|parsed| parsed.to_string() == text)
            .ok_or_else(|| ParseObjectFingerprintError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<ObjectFingerprint> {
    let mut parts = text.strip_prefix("s3:")?.splitn(3, ':');
    let (size_bytes, modified_seconds) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let etag = parts.next().filter(|etag| etag.len() <= ETAG_BYTES_MAX)?.to_owned();
    Some(ObjectFingerprint { size_bytes, modified_seconds, etag })
}

#[cfg(test)]
mod tests {
    use super::ObjectFingerprint;

    #[test]
    fn a_fingerprint_is_read_back_from_its_text() {
        let one = ObjectFingerprint { size_bytes: 5, modified_seconds: -7, etag: "\"a:b-2\"".to_owned() };
        assert_eq!(one.to_string(), "s3:5:-7:\"a:b-2\"");
        assert_eq!(one.to_string().parse(), Ok(one));
        for text in ["", "s3:1:2", "s3:x:2:e", "s3:01:2:e", "2049:12:5:-1"] {
            assert!(text.parse::<ObjectFingerprint>().is_err(), "{text:?}");
        }
    }
}
