//! Where a bucket is: its name, the prefix below which all of a store lies, and the server that answers for it.

use std::fmt;

/// Bytes of the name of a bucket at the most.
const BUCKET_BYTES_MAX: usize = 63;
/// Bytes of a prefix at the most: a key has 1,024, and what a store puts below its prefix may take 900 of them.
pub const PREFIX_BYTES_MAX: usize = 100;

/// A place for a store: `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketAddress {
    /// The name of the bucket.
    pub bucket: String,
    /// Empty, or names with a slash after each.
    pub prefix: String,
}

/// The server of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address; without one, that of Amazon for the region.
    pub url: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// Whether the bucket is named in the path, or in the host's name.
    pub path_style: bool,
}

/// Why an address is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no `s3://bucket/prefix`.
    #[error("{0} is no address of a bucket: write s3://bucket/prefix")]
    Form(String),
    /// The bucket's name is none.
    #[error("{0:?} is no name of a bucket: 3 to 63 small letters, digits, dots and dashes")]
    Bucket(String),
    /// The prefix cannot be used.
    #[error("the prefix {0:?} cannot be used: at most 100 letters, digits, `.`, `_`, `-` and `/`, and no empty name")]
    Prefix(String),
    /// The server's address is none.
    #[error("{0} is no address of a server: write https://host or http://host:port")]
    Endpoint(String),
}

impl BucketAddress {
    /// Reads `s3://bucket/prefix`; the prefix may lack.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        let rest = url.strip_prefix("s3://").ok_or_else(|| AddressError::Form(url.to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        if !(3..=BUCKET_BYTES_MAX).contains(&bucket.len()) || !bucket.bytes().all(is_plain) || bucket.contains("..") {
            return Err(AddressError::Bucket(bucket.to_owned()));
        }
        let prefix = prefix.trim_end_matches('/');
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        let is_name = |name: &str| !matches!(name, "" | "." | "..");
        let is_good = prefix.bytes().all(is_safe) && prefix.split('/').all(is_name);
        if !prefix.is_empty() && (prefix.len() > PREFIX_BYTES_MAX || !is_good) {
            return Err(AddressError::Prefix(prefix.to_owned()));
        }
        let slash = if prefix.is_empty() { "" } else { "/" };
        Ok(Self { bucket: bucket.to_owned(), prefix: format!("{prefix}{slash}") })
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(formatter, "/{}", self.prefix.trim_end_matches('/')) }
    }
}

impl Endpoint {
    /// Returns the server's address.
    #[must_use]
    pub fn address(&self) -> String {
        self.url.clone().unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", self.region))
    }
}

#[cfg(test)]
mod tests {
    use super::BucketAddress;

    fn check(url: &str, expected: Option<(&str, &str)>) {
        let parsed = BucketAddress::parse(url);
        let seen = parsed.as_ref().ok().map(|address| (address.bucket.as_str(), address.prefix.as_str()));
        assert_eq!(seen, expected, "{url}: {parsed:?}");
    }

    #[test]
    fn an_address_is_read_and_what_could_lead_elsewhere_is_refused() {
        check("s3://keep", Some(("keep", "")));
        check("s3://keep/", Some(("keep", "")));
        check("s3://keep/one/two/", Some(("keep", "one/two/")));
        for url in ["keep/one", "s3://", "s3://ab", "s3://Keep", "s3://a..b", "s3://keep//one", "s3://keep/../one"] {
            check(url, None);
        }
        check("s3://keep/a b", None);
        check(&format!("s3://keep/{}", "a".repeat(101)), None);
    }

    #[test]
    fn it_is_shown_as_it_is_written() {
        for url in ["s3://keep", "s3://keep/one/two"] {
            assert_eq!(BucketAddress::parse(url).unwrap().to_string(), url);
        }
    }
}
