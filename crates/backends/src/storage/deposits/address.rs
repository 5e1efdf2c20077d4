//! Where an object is: `s3://bucket/key`, and no key that could lead elsewhere.

use std::fmt;
use std::path::PathBuf;

use crate::s3::{BucketAddress, Client};
use crate::storage::StorageError;

/// Bytes of a key at the most, by the definition of S3.
const KEY_BYTES_MAX: usize = 1024;

/// The place of one object, written `s3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectAddress {
    bucket: String,
    key: String,
}

impl ObjectAddress {
    /// Reads `s3://bucket/key`.
    ///
    /// # Errors
    /// `Name` when it is none, or its key is one of those that [`ObjectAddress::of`] refuses.
    pub fn parse(url: &str) -> Result<Self, StorageError> {
        let refuse = |because| StorageError::Name { name: url.to_owned(), because };
        let rest = url.strip_prefix("s3://").ok_or_else(|| refuse("no object in a bucket: write s3://bucket/key"))?;
        let (bucket, key) = rest.split_once('/').ok_or_else(|| refuse("no key in it: write s3://bucket/key"))?;
        let address = BucketAddress::parse(&format!("s3://{bucket}"));
        let address =
            address.map_err(|_| refuse("no name of a bucket: 3 to 63 small letters, digits, dots and dashes"))?;
        match problem(key) {
            None => Ok(Self { bucket: address.bucket, key: key.to_owned() }),
            Some(because) => Err(refuse(because)),
        }
    }

    /// Names an object of a bucket. Servers, proxies and clients read `.`, `..` and empty names each in their own way, so
    /// that a key with one of them may lead to another object: it is never used.
    ///
    /// # Errors
    /// `Name` when the key has such a name in it, a control character, more than 1,024 bytes, or is that of a folder.
    pub fn of(client: &Client, key: &str) -> Result<Self, StorageError> {
        match problem(key) {
            None => Ok(Self { bucket: client.address().bucket.clone(), key: key.to_owned() }),
            Some(because) => Err(StorageError::Name { name: key.escape_debug().to_string(), because }),
        }
    }

    /// Returns the bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns the whole key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(self.to_string())
    }
}

impl fmt::Display for ObjectAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

fn problem(key: &str) -> Option<&'static str> {
    if key.is_empty() || key.ends_with('/') {
        return Some("a folder, and deposits are objects: name one");
    }
    if key.len() > KEY_BYTES_MAX {
        return Some("longer than the 1024 bytes of a key of S3");
    }
    if key.split('/').any(|name| matches!(name, "" | "." | "..")) {
        return Some("with an empty name, `.` or `..` in it, which may lead to another object: rename it");
    }
    key.chars().any(char::is_control).then_some("with a control character in it: rename it")
}

#[cfg(test)]
mod tests {
    use super::ObjectAddress;

    #[test]
    fn a_key_that_could_lead_elsewhere_is_refused() {
        for good in ["s3://keep/a.tar", "s3://keep/in/a b%2F+\u{e9}?.tar", "s3://keep/..a/b..tar"] {
            assert_eq!(ObjectAddress::parse(good).unwrap().to_string(), good);
        }
        let long = format!("s3://keep/{}", "a".repeat(1025));
        let hostile =
            ["s3://keep/../other/a.tar", "s3://keep/in/..", "s3://keep/./a", "s3://keep//a", "s3://keep/in//a"];
        let odd =
            ["s3://keep", "s3://keep/", "s3://keep/in/", "/in/a.tar", "s3://K/a", "s3://keep/a\nb", "s3://keep/\0"];
        for bad in hostile.iter().chain(&odd).copied().chain([long.as_str()]) {
            assert!(ObjectAddress::parse(bad).is_err(), "{bad:?}");
        }
    }
}
