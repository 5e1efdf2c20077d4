//! What is known of the makers of S3 servers. It says what to expect; what is used is what was proven.

/// One make of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub name: &'static str,
    /// How it is told by the host's name.
    pub host: &'static str,
    /// How it is told by what it calls itself in its answers.
    pub server: &'static str,
    /// Whether it heeds `If-None-Match: *`.
    pub put_if_absent: bool,
    /// Whether it heeds `If-Match`.
    pub put_if_same: bool,
    /// Whether it proves what comes by its sha256.
    pub sha256: bool,
    /// Whether it copies a range within itself.
    pub range_copy: bool,
}

/// The makes that we know, as their makers describe them; Ceph as version 16.2 was seen, and Garage as 2.5.
pub const PROVIDERS: &[Provider] = &[
    make("aws", ".amazonaws.com", "AmazonS3", [true, true, true, true]),
    make("minio", "", "MinIO", [true, true, true, true]),
    make("ceph", "", "Ceph Object Gateway", [true, false, false, true]),
    make("wasabi", ".wasabisys.com", "WasabiS3", [false, false, true, true]),
    make("garage", "", "Garage", [false, false, true, true]),
    make("moto", "", "Werkzeug", [true, true, false, true]),
];

const fn make(
    name: &'static str,
    host: &'static str,
    server: &'static str,
    [put_if_absent, put_if_same, sha256, range_copy]: [bool; 4],
) -> Provider {
    Provider { name, host, server, put_if_absent, put_if_same, sha256, range_copy }
}

/// Tells the make of a server by its address and what it calls itself; `None` when it is another.
#[must_use]
pub fn provider_of(endpoint: &str, server: &str) -> Option<&'static Provider> {
    let host = endpoint.split("://").nth(1).unwrap_or(endpoint).split(['/', ':']).next().unwrap_or_default();
    let is_it = |provider: &&Provider| {
        (!provider.host.is_empty() && host.ends_with(provider.host)) || server.contains(provider.server)
    };
    PROVIDERS.iter().find(is_it)
}

/// Says whether a server refuses a request because the time of its signature is not the server's own.
pub(super) fn is_about_the_clock(code: &str, message: &str) -> bool {
    // Garage has the words, and a code for everything.
    code == "RequestTimeTooSkewed" || message.ends_with("Date is too old")
}

/// Says whether a server refuses a key for its length. Garage on LMDB tells it as its database does, with a status that asks
/// for patience.
pub(super) fn is_key_too_long(code: &str, message: &str) -> bool {
    code == "KeyTooLongError" || message.contains("MDB_BAD_VALSIZE")
}

#[cfg(test)]
mod tests {
    use super::{is_key_too_long, provider_of};

    #[test]
    fn a_key_that_is_too_long_is_told_from_a_server_that_is_busy() {
        let of_garage = "Internal error: Could not reach quorum of 1 (sets=Some(1)). 0 of 1 request succeeded, others returned \
                         errors: [\"9fb19ca9d89a838f: DB error: database error: LMDB: MDB_BAD_VALSIZE: Unsupported size of \
                         key/DB name/data, or wrong DUPFIXED size\"]";
        assert!(is_key_too_long("ServiceUnavailable", of_garage));
        assert!(is_key_too_long("KeyTooLongError", "Your key is too long"));
        let busy = "Internal error: Could not reach quorum of 2 (sets=Some(1)). 1 of 3 request succeeded";
        assert!(!is_key_too_long("ServiceUnavailable", busy));
    }

    #[test]
    fn a_make_is_told_by_host_or_by_its_word() {
        let name = |endpoint, server| provider_of(endpoint, server).map(|provider| provider.name);
        assert_eq!(name("https://s3.eu-central-1.amazonaws.com", ""), Some("aws"));
        assert_eq!(name("http://127.0.0.1:9000", "MinIO"), Some("minio"));
        assert_eq!(name("http://127.0.0.1:9000", "Werkzeug/3.1 Python/3.13"), Some("moto"));
        assert_eq!(name("https://example.org", "nginx"), None);
    }
}
