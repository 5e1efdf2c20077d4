//! In whose name requests are signed.

use std::fmt;

use jiff::Timestamp;

use super::{ContainerCredentials, Failure, FileCredentials};

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
    /// There are none; the text says what to do.
    None(String),
}

impl CredentialSource {
    /// Returns credentials that hold now.
    ///
    /// # Errors
    /// There are none.
    pub(super) fn get(&self, now: Timestamp) -> Result<Credentials, Failure> {
        match self {
            Self::Given(credentials) => Ok(credentials.clone()),
            Self::Files(files) => Ok(files.held()),
            Self::Container(container) => container.get(now),
            Self::None(advice) => Err(Failure::NoCredentials(advice.clone())),
        }
    }

    /// Looks for others than those that the server has just refused. Returns whether there are some.
    pub(super) fn renew(&self, refused: &Credentials, has_expired: bool, now: Timestamp) -> bool {
        match self {
            Self::Files(files) => files.renew(refused),
            // A platform that is asked at each refusal would be asked without end where a right is lacking.
            Self::Container(container) => has_expired && container.renew(refused, now),
            Self::Given(_) | Self::None(_) => false,
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
