//! The buckets of the configuration that objects may be given back to.

use backends::s3::Client;
use jiff::SignedDuration;

/// Bytes of a key at the most, by the definition of S3.
const KEY_BYTES_MAX: usize = 1_024;
/// Age of an upload that nobody will end any more.
const ABANDONED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The ways to the restore places of the configuration that are in buckets.
#[derive(Debug, Clone, Default)]
pub struct RestoreBuckets(pub Vec<Client>);

/// One object of a bucket that a result becomes.
#[derive(Debug, Clone)]
pub struct RestoreObject {
    /// The way to its bucket.
    pub client: Client,
    /// Its key.
    pub key: String,
}

impl RestoreBuckets {
    /// Returns the object of an address, `s3://bucket/key`: below the restore place that reaches furthest into the bucket.
    /// An address that ends with a slash, or is a place itself, is given a name below it.
    ///
    /// # Errors
    /// It lies below no place of the configuration, or S3 takes no such key. The text says so, and what to do.
    pub fn object(&self, url: &str, own_name: &str) -> Result<RestoreObject, String> {
        let rest = url.strip_prefix("s3://").unwrap_or_default();
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        // A place may be named without the slash at its end.
        let is_below = |client: &&Client| {
            let address = client.address();
            address.bucket == bucket && format!("{key}/").starts_with(&address.prefix)
        };
        let found = self.0.iter().filter(is_below);
        let Some(client) = found.max_by_key(|client| client.address().prefix.len()) else {
            return Err(format!(
                "the configuration names no restore place that {url} lies below: add it ([[restore_places]], with its \
                 endpoint and credentials), so that every process finds it"
            ));
        };
        let prefix = &client.address().prefix;
        let is_folder = key.is_empty() || key.ends_with('/') || format!("{key}/") == *prefix;
        let key = match (is_folder, key.trim_end_matches('/')) {
            (true, "") => own_name.to_owned(),
            (true, folder) => format!("{folder}/{own_name}"),
            (false, key) => key.to_owned(),
        };
        let is_name = |name: &str| !matches!(name, "" | "." | "..");
        if key.len() > KEY_BYTES_MAX || key.contains(char::is_control) || !key.split('/').all(is_name) {
            let key = key.escape_debug();
            return Err(format!(
                "{key} cannot be a key of a bucket: at most {KEY_BYTES_MAX} bytes, no control characters, no empty name, \
                 `.` or `..`: name another with --to"
            ));
        }
        Ok(RestoreObject { client: client.clone(), key })
    }
}

impl RestoreBuckets {
    /// Gives up uploads to the places that were begun long ago and never ended; returns how many. A place that cannot be
    /// asked now is told in the log, and asked again another time.
    #[must_use]
    pub fn abort_abandoned(&self) -> u64 {
        let abort = |client: &Client| match client.abort_below(&client.address().prefix, Some(ABANDONED)) {
            Ok(count) => count,
            Err(error) => {
                tracing::debug!(%error, place = %client.address(), "cannot look for abandoned uploads");
                0
            }
        };
        self.0.iter().map(abort).sum()
    }
}

impl RestoreObject {
    /// Returns its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.client.address().bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use backends::s3::{BucketAddress, Client, CredentialSource, Endpoint, Patience};

    use super::*;

    fn buckets(urls: &[&str]) -> RestoreBuckets {
        let endpoint = Endpoint { url: None, region: "us-east-1".to_owned(), path_style: false };
        let client = |url: &&str| {
            let source = CredentialSource::None(String::new());
            let address = BucketAddress::parse(url).unwrap();
            Client::new(address, &endpoint, source, || jiff::Timestamp::UNIX_EPOCH, Patience::default()).unwrap()
        };
        RestoreBuckets(urls.iter().map(client).collect())
    }

    fn check(url: &str, expected: Result<&str, &str>) {
        let object = buckets(&["s3://out/given", "s3://out/given/rare", "s3://whole"]).object(url, "bag.tar");
        match (object.map(|object| object.url()), expected) {
            (Ok(seen), Ok(expected)) => assert_eq!(seen, expected, "{url}"),
            (Err(seen), Err(expected)) => assert!(seen.contains(expected), "{url}: {seen}"),
            (seen, expected) => panic!("{url}: {seen:?}, not {expected:?}"),
        }
    }

    #[test]
    fn an_address_is_that_of_an_object_below_a_place_of_the_configuration() {
        check("s3://out/given", Ok("s3://out/given/bag.tar"));
        check("s3://out/given/", Ok("s3://out/given/bag.tar"));
        check("s3://out/given/may/", Ok("s3://out/given/may/bag.tar"));
        check("s3://out/given/other.tar", Ok("s3://out/given/other.tar"));
        check("s3://out/given//", Ok("s3://out/given/bag.tar"));
        check("s3://whole", Ok("s3://whole/bag.tar"));
        check("s3://whole/a b.tar", Ok("s3://whole/a b.tar"));
        for url in ["s3://out", "s3://out/givenness/x", "s3://elsewhere/x", "s3://"] {
            check(url, Err("[[restore_places]]"));
        }
        for url in ["s3://whole/a//b", "s3://whole/../b", "s3://whole/a\nb"] {
            check(url, Err("cannot be a key"));
        }
        check(&format!("s3://whole/{}", "a".repeat(1_025)), Err("1024 bytes"));
    }
}
