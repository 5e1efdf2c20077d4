//! Where spans go, and what all spans of this process say.

use std::time::Duration;

use ureq::http::{HeaderName, HeaderValue, Uri};

/// Where spans go. Headers may be secret: they stand in no message.
#[derive(Clone)]
pub struct Target {
    pub(super) url: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) timeout: Duration,
    pub(super) resource: Vec<(String, String)>,
}

/// A target cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoTarget {
    /// The address is none of HTTP.
    #[error("{0:?} is no address that traces can be sent to")]
    Address(String),
    /// The address has a name or a password in it.
    #[error("the address that traces are sent to bears a name or a password")]
    Secret,
    /// A header cannot be sent; its value may be secret.
    #[error("the header {0:?} of traces cannot be sent")]
    Header(String),
}

impl Target {
    /// Returns a target without headers, that spans say nothing for yet.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, NoTarget> {
        let bad = || NoTarget::Address(url.to_owned());
        if url.split_once("://").is_some_and(|(_, rest)| rest.split('/').next().unwrap_or(rest).contains('@')) {
            return Err(NoTarget::Secret);
        }
        let parsed: Uri = url.parse().map_err(|_| bad())?;
        let is_http = matches!(parsed.scheme_str(), Some("http" | "https"));
        if !is_http || parsed.host().is_none_or(str::is_empty) {
            return Err(bad());
        }
        Ok(Self { url: url.to_owned(), headers: Vec::new(), timeout, resource: Vec::new() })
    }

    /// Adds a header to each request.
    ///
    /// # Errors
    /// It cannot be sent.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, NoTarget> {
        let bad = || NoTarget::Header(name.to_owned());
        let name: HeaderName = name.parse().map_err(|_| bad())?;
        let mut value: HeaderValue = value.parse().map_err(|_| bad())?;
        value.set_sensitive(true);
        self.headers.push((name, value));
        Ok(self)
    }

    /// Says something of all spans; what is said of the same name already stays.
    #[must_use]
    pub fn with_resource(mut self, name: &str, value: &str) -> Self {
        if !self.resource.iter().any(|(known, _)| known == name) {
            self.resource.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Returns the address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "Target {{ url: {:?}, headers: {names:?}, resource: {:?} }}", self.url, self.resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_http_is_taken_and_none_with_a_password() {
        let check = |url: &str, expected: Result<(), NoTarget>| {
            assert_eq!(Target::new(url, Duration::ZERO).map(|_| ()), expected, "{url}");
        };
        let bad = |url: &str| Err(NoTarget::Address(url.to_owned()));
        check("http://127.0.0.1:4318/v1/traces", Ok(()));
        check("https://collect.example.org/x", Ok(()));
        check("grpc://collector:4317", bad("grpc://collector:4317"));
        check("collector:4318", bad("collector:4318"));
        check("", bad(""));
        check("http://ada:hush@collector/", Err(NoTarget::Secret));
    }

    #[test]
    fn a_header_is_sent_and_shown_to_nobody() {
        let target = Target::new("http://c/", Duration::ZERO).expect("it is one");
        let target = target.with_header("authorization", "Bearer hush").expect("it can be sent");
        assert!(!format!("{target:?}").contains("hush"));
        assert_eq!(target.with_header("x", "hu\nsh").map(|_| ()), Err(NoTarget::Header("x".to_owned())));
    }
}
