//! In whose name requests are signed.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::{ContainerCredentials, Failure, FileCredentials, InstanceCredentials, WebIdentityCredentials};

/// A key of S3, and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The identifier, which is no secret.
    pub key_id: String,
    /// The secret.
    pub secret: String,
    /// What temporary credentials have beside it.
    pub token: Option<String>,
    /// Where they came from, for messages.
    pub origin: String,
}

/// Where credentials come from.
#[derive(Debug)]
#[non_exhaustive]
pub enum CredentialSource {
    /// They were given, and stay as they are.
    Given(Credentials),
    /// They lie in files, which somebody replaces while we run.
    Files(FileCredentials),
    /// The platform's container service hands them out for some time.
    Container(ContainerCredentials),
    /// A role is taken on for some time, for a token that the platform puts into a file.
    WebIdentity(WebIdentityCredentials),
    /// The metadata service of a machine of EC2 hands them out for some time. All share what it gave, or that nobody answers.
    Instance(Arc<InstanceCredentials>),
    /// They are fetched when they are first needed, and stay as they are.
    Later(FetchedCredentials),
    /// There are none; the text says what to do.
    None(String),
}

/// How credentials are fetched; the text of an error says what to do.
type Fetch = Box<dyn Fn() -> Result<Credentials, String> + Send + Sync>;

/// Credentials that are not fetched before somebody signs with them: most processes that know of a store never open it.
pub struct FetchedCredentials {
    fetch: Fetch,
    held: OnceLock<Credentials>,
}

impl FetchedCredentials {
    /// Says how they are fetched.
    #[must_use]
    pub fn new(fetch: impl Fn() -> Result<Credentials, String> + Send + Sync + 'static) -> Self {
        Self { fetch: Box::new(fetch), held: OnceLock::new() }
    }

    fn get(&self) -> Result<Credentials, Failure> {
        if let Some(credentials) = self.held.get() {
            return Ok(credentials.clone());
        }
        let credentials = (self.fetch)().map_err(Failure::NoCredentials)?;
        Ok(self.held.get_or_init(|| credentials).clone())
    }
}

impl fmt::Debug for FetchedCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FetchedCredentials({})", if self.held.get().is_some() { "held" } else { "not fetched" })
    }
}

impl CredentialSource {
    /// Returns credentials that hold now.
    ///
    /// # Errors
    /// There are none.
    pub fn get(&self, now: Timestamp) -> Result<Credentials, Failure> {
        match self {
            Self::Given(credentials) => Ok(credentials.clone()),
            Self::Files(files) => Ok(files.held()),
            Self::Container(container) => container.get(now),
            Self::WebIdentity(role) => role.get(now),
            Self::Instance(machine) => machine.get(now),
            Self::Later(later) => later.get(),
            Self::None(advice) => Err(Failure::NoCredentials(advice.clone())),
        }
    }

    /// Looks for others than those that the server has just refused. Returns whether there are some.
    pub(crate) fn renew(&self, refused: &Credentials, has_expired: bool, now: Timestamp) -> bool {
        match self {
            Self::Files(files) => files.renew(refused),
            // A platform that is asked at each refusal would be asked without end where a right is lacking.
            Self::Container(container) => has_expired && container.renew(refused, now),
            Self::WebIdentity(role) => has_expired && role.renew(refused, now),
            Self::Instance(machine) => has_expired && machine.renew(refused, now),
            Self::Given(_) | Self::Later(_) | Self::None(_) => false,
        }
    }
}

impl Credentials {
    /// Says whose they are, without the secret.
    #[must_use]
    pub fn who(&self) -> String {
        format!("key {} from {}", self.key_id, self.origin)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials({})", self.who())
    }
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    #[test]
    fn a_secret_is_never_shown() {
        let credentials = Credentials {
            key_id: "AKID".to_owned(),
            secret: "hush".to_owned(),
            token: Some("whisper".to_owned()),
            origin: "the environment".to_owned(),
        };
        let shown = format!("{credentials:?} {}", credentials.who());
        assert!(shown.contains("AKID") && !shown.contains("hush") && !shown.contains("whisper"), "{shown}");
    }
}
