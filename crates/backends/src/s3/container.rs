//! Credentials that the platform hands out to a container for some time: those of a task on ECS, of a pod on EKS.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{Credentials, Failure};

/// Credentials that expire earlier than this are asked for anew.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
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
    held: Mutex<Option<(Credentials, Timestamp)>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<Timestamp>,
}

impl ContainerCredentials {
    /// Names the service. `authorization` is sent along; a file of it is read anew each time, since platforms change it.
    #[must_use]
    pub fn new(url: String, authorization: Option<String>, authorization_file: Option<PathBuf>) -> Self {
        Self { url, authorization, authorization_file, held: Mutex::new(None) }
    }

    pub(super) fn get(&self, now: Timestamp) -> Result<Credentials, Failure> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((credentials, _)) = held.as_ref().filter(|(_, until)| now + MARGIN < *until) {
            return Ok(credentials.clone());
        }
        let answer = match (self.ask(), held.as_ref()) {
            (Ok(answer), _) => answer,
            // The platform is away for a moment, and what it gave last still holds.
            (Err(_), Some((credentials, until))) if now < *until => return Ok(credentials.clone()),
            (Err(because), _) => return Err(Failure::NoCredentials(because)),
        };
        let credentials = Credentials {
            key_id: answer.access_key_id,
            secret: answer.secret_access_key,
            token: answer.token,
            origin: self.url.clone(),
        };
        let until = answer.expiration.unwrap_or(now + SignedDuration::from_hours(1));
        *held = Some((credentials.clone(), until));
        Ok(credentials)
    }

    /// Asks anew after the server said that credentials have expired. Returns `false` when the platform gives the same ones.
    pub(super) fn renew(&self, refused: &Credentials, now: Timestamp) -> bool {
        {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if held.as_ref().is_some_and(|(held, _)| held == refused) {
                *held = None;
            }
        }
        // What keeps it from giving any is told by the next try.
        self.get(now).is_ok_and(|credentials| credentials != *refused)
    }

    fn ask(&self) -> Result<Answer, String> {
        let failed =
            |error: &dyn std::fmt::Display| format!("the service at {} does not hand them out: {error}", self.url);
        let config = ureq::Agent::config_builder().timeout_global(Some(WAIT)).max_redirects(0).build();
        let agent = ureq::Agent::new_with_config(config);
        let mut request = agent.get(&self.url);
        if let Some(authorization) = self.authorization()? {
            request = request.header("authorization", authorization);
        }
        let mut response = request.call().map_err(|error| failed(&error))?;
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| failed(&error))?;
        // What it says is not told: a part of it may be the secret.
        serde_json::from_slice(&body).map_err(|_| failed(&"its answer is not that of a service of credentials"))
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
