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

/// The makes that we know, as their makers describe them; Ceph as version 16.2 was seen.
pub const PROVIDERS: &[Provider] = &[
    make("aws", ".amazonaws.com", "AmazonS3", [true, true, true, true]),
    make("minio", "", "MinIO", [true, true, true, true]),
    make("ceph", "", "Ceph Object Gateway", [true, false, false, true]),
    make("wasabi", ".wasabisys.com", "WasabiS3", [false, false, true, true]),
    make("garage", "", "Garage", [true, false, true, true]),
    make("moto", "", "Werkzeug", [true, true, true, true]),
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

#[cfg(test)]
mod tests {
    use super::provider_of;

    #[test]
    fn a_make_is_told_by_host_or_by_its_word() {
        let name = |endpoint, server| provider_of(endpoint, server).map(|provider| provider.name);
        assert_eq!(name("https://s3.eu-central-1.amazonaws.com", ""), Some("aws"));
        assert_eq!(name("http://127.0.0.1:9000", "MinIO"), Some("minio"));
        assert_eq!(name("http://127.0.0.1:9000", "Werkzeug/3.1 Python/3.13"), Some("moto"));
        assert_eq!(name("https://example.org", "nginx"), None);
    }
}
