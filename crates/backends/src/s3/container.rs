//! Credentials that the platform hands out to a container for some time: those of a task on ECS, of a pod on EKS.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::lent::{Lent, Loan};
use super::{Credentials, Failure};
use crate::authorities::{agent_config, told};

/// How long the service may take to answer.
const WAIT: Duration = Duration::from_secs(5);
/// Bytes of its answer, and of the file of a token, at the most.
const ANSWER_BYTES_MAX: u64 = 64 << 10;

/// The service of the platform, and what it last handed out.
#[derive(Debug)]
pub struct ContainerCredentials {
    url: String,
    authorization: Option<String>,
    authorization_file: Option<PathBuf>,
    lent: Lent,
}

impl ContainerCredentials {
    /// Names the service. `authorization` is sent along; a file of it is read anew each time, since platforms change it.
    #[must_use]
    pub fn new(url: String, authorization: Option<String>, authorization_file: Option<PathBuf>) -> Self {
        Self { url, authorization, authorization_file, lent: Lent::default() }
    }

    pub(super) fn get(&self, now: Timestamp) -> Result<Credentials, Failure> {
        self.lent.get(now, || self.ask())
    }

    pub(super) fn renew(&self, refused: &Credentials, now: Timestamp) -> bool {
        self.lent.renew(refused, now, || self.ask())
    }

    fn ask(&self) -> Result<Loan, String> {
        let failed =
            |error: &dyn std::fmt::Display| format!("the service at {} does not hand them out: {error}", self.url);
        let config = agent_config().timeout_global(Some(WAIT)).max_redirects(0).build();
        let agent = ureq::Agent::new_with_config(config);
        let mut request = agent.get(&self.url);
        if let Some(authorization) = self.authorization()? {
            request = request.header("authorization", authorization);
        }
        let mut response = request.call().map_err(|error| failed(&told(&error)))?;
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| failed(&error))?;
        // What it says is not told: a part of it may be the secret.
        Loan::read(&body, &self.url).ok_or_else(|| failed(&"its answer is not that of a service of credentials"))
    }

    fn authorization(&self) -> Result<Option<String>, String> {
        match &self.authorization_file {
            Some(path) => std::fs::read_to_string(path)
                .map(|text| Some(text.trim().to_owned()))
                .map_err(|error| format!("cannot read the token in {}: {error}", path.display())),
            None => Ok(self.authorization.clone()),
        }
    }
}
