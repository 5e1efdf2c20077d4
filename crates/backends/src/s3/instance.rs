//! Credentials of the role of a machine of EC2, which its metadata service hands out (IMDSv2).

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::lent::{Lent, Loan};
use super::{Credentials, Failure};
use crate::authorities::{agent_config, told};

/// How long the way to the service may take: on a machine of EC2 it is no way at all, and elsewhere nobody shall wait.
const CONNECT: Duration = Duration::from_secs(1);
/// How long one answer may take, the way to it included.
const WAIT: Duration = Duration::from_secs(2);
/// Bytes of an answer at the most.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// Seconds for which a token holds: it serves the two requests that follow at once.
const TOKEN_SECONDS: &str = "60";
/// Where the service is below its address.
const TOKEN: &str = "latest/api/token";
const ROLES: &str = "latest/meta-data/iam/security-credentials/";

/// The metadata service of the machine, and what it last handed out.
#[derive(Debug)]
pub struct InstanceCredentials {
    endpoint: String,
    advice: String,
    lent: Lent,
}

/// What the service says beside the credentials.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Verdict {
    code: Option<String>,
    message: Option<String>,
}

impl InstanceCredentials {
    /// Names the service. `advice` says what else could be done when it hands none out: most machines have no such service.
    #[must_use]
    pub fn new(endpoint: &str, advice: String) -> Self {
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), advice, lent: Lent::default() }
    }

    pub(super) fn get(&self, now: Timestamp) -> Result<Credentials, Failure> {
        self.lent.get(now, || self.ask())
    }

    pub(super) fn renew(&self, refused: &Credentials, now: Timestamp) -> bool {
        self.lent.renew(refused, now, || self.ask())
    }

    fn ask(&self) -> Result<Loan, String> {
        let endpoint = &self.endpoint;
        self.try_to_ask()
            .map_err(|seen| format!("{} (the metadata service at {endpoint} gives none: {seen})", self.advice))
    }

    fn try_to_ask(&self) -> Result<Loan, String> {
        // What is on this machine is not asked for by way of a proxy.
        let config = agent_config().timeout_connect(Some(CONNECT)).timeout_global(Some(WAIT)).max_redirects(0);
        let agent = Agent::new_with_config(config.http_status_as_error(false).proxy(None).build());
        let (token_url, roles_url) = (format!("{}/{TOKEN}", self.endpoint), format!("{}/{ROLES}", self.endpoint));
        let token = agent.put(token_url).header("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS).send_empty();
        let token = token.map_err(|error| match error {
            // The answer bears a bound of hops, which a container is one more of.
            ureq::Error::Timeout(ureq::Timeout::Global) => {
                "no answer in time (in a container on EC2, set the machine's HttpPutResponseHopLimit to 2)".to_owned()
            }
            error => told(&error),
        });
        let token = text(token?, "the request for a token")?;
        let get = |url: &str| agent.get(url).header("x-aws-ec2-metadata-token", token.trim()).call();
        let mut roles = get(&roles_url).map_err(|error| told(&error))?;
        if roles.status().as_u16() == 404 {
            return Err("this machine has no role; attach an instance profile to it".to_owned());
        }
        let roles = text_of(&mut roles, "the request for its roles")?;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
        let role = roles.lines().next().map(str::trim).filter(|role| !role.is_empty() && role.bytes().all(is_part));
        let role = role.ok_or_else(|| "it names no role".to_owned())?;
        let url = format!("{roles_url}{role}");
        let body = text(get(&url).map_err(|error| told(&error))?, "the request for credentials")?;
        match serde_json::from_str::<Verdict>(&body) {
            Ok(Verdict { code: Some(code), message }) if code != "Success" => {
                Err(format!("of the role {role} it says {code} {}", message.unwrap_or_default()).trim_end().to_owned())
            }
            // What it says is not told: a part of it may be the secret.
            _ => Loan::read(body.as_bytes(), &url).ok_or_else(|| "its answer holds no credentials".to_owned()),
        }
    }
}

fn text(mut response: Response<Body>, asked: &str) -> Result<String, String> {
    text_of(&mut response, asked)
}

fn text_of(response: &mut Response<Body>, asked: &str) -> Result<String, String> {
    let status = response.status();
    if status.as_u16() != 200 {
        return Err(format!("it answers {asked} with {status}"));
    }
    response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string().map_err(|error| told(&error))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::s3::responder::{Asked, responder, silent};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    /// What a service of metadata does, in order; whatever is asked otherwise is refused.
    fn serve(asked: &Asked, role: &str, credentials: &str) -> (u16, String) {
        let is_known = asked.head.contains("x-aws-ec2-metadata-token: secret-token\r\n");
        match (asked.line.as_str(), is_known) {
            ("PUT /latest/api/token", _) if asked.head.contains("token-ttl-seconds: 60") => {
                (200, "secret-token".to_owned())
            }
            ("GET /latest/meta-data/iam/security-credentials/", true) if role.is_empty() => (404, String::new()),
            ("GET /latest/meta-data/iam/security-credentials/", true) => (200, format!("{role}\nother\n")),
            ("GET /latest/meta-data/iam/security-credentials/keeper", true) => (200, credentials.to_owned()),
            _ => (401, String::new()),
        }
    }

    fn lent(key_id: &str, until: &str) -> String {
        format!(
            r#"{{"Code":"Success","AccessKeyId":"{key_id}","SecretAccessKey":"hush","Token":"t","Expiration":"{until}"}}"#
        )
    }

    #[test]
    fn a_machine_is_given_the_credentials_of_its_role_and_new_ones_before_they_expire() {
        let count = std::sync::atomic::AtomicUsize::new(0);
        let url = responder(move |asked| {
            let is_last = asked.line.ends_with("/keeper");
            let number = count.fetch_add(usize::from(is_last), std::sync::atomic::Ordering::SeqCst);
            serve(asked, "keeper", &lent(&format!("key-{number}"), &format!("1970-01-01T0{}:00:00Z", number + 1)))
        });
        let source = InstanceCredentials::new(&format!("{url}/"), "no other".to_owned());
        let at = |minutes: i64| NOW + jiff::SignedDuration::from_mins(minutes);
        let key = |minutes| source.get(at(minutes)).map(|credentials| credentials.key_id).unwrap();
        assert_eq!([key(0), key(54), key(56), key(114)], ["key-0", "key-0", "key-1", "key-1"]);
        let held = source.get(at(114)).unwrap();
        assert!(held.origin.ends_with("/keeper") && held.token.as_deref() == Some("t"), "{held:?}");
        assert!(source.renew(&held, at(114)), "the server says that they have expired");
    }

    #[test]
    fn what_a_service_refuses_is_told_with_what_else_could_be_done_and_without_secrets() {
        let check = |role: &'static str, credentials: &'static str, expected: &str| {
            let url = responder(move |asked| serve(asked, role, credentials));
            let failure = InstanceCredentials::new(&url, "no other".to_owned()).get(NOW).unwrap_err().to_string();
            assert!(
                failure.contains(expected) && failure.contains("there are no credentials: no other (the"),
                "{failure}"
            );
            assert!(!failure.contains("hush") && !failure.contains("secret-token"), "{failure}");
        };
        check("", "", "this machine has no role");
        check("../escape", "", "it names no role");
        check(
            "keeper",
            r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"no trust"}"#,
            "AssumeRoleUnauthorizedAccess no trust",
        );
        check("keeper", r#"{"SecretAccessKey":"hush"}"#, "its answer holds no credentials");
        check("another", "", "it answers the request for credentials with 401");
        let url = responder(|_| (403, String::new()));
        let failure = InstanceCredentials::new(&url, String::new()).get(NOW).unwrap_err().to_string();
        assert!(failure.contains("it answers the request for a token with 403"), "{failure}");
        let url = responder(|_| (200, "x".repeat(ANSWER_BYTES_MAX as usize + 1)));
        assert!(InstanceCredentials::new(&url, String::new()).get(NOW).is_err());
    }

    #[test]
    fn where_nobody_answers_nobody_waits() {
        let began = Instant::now();
        let source = InstanceCredentials::new("http://127.0.0.1:1", "no other".to_owned());
        let failure = source.get(NOW).unwrap_err().to_string();
        assert!(failure.contains("no other (the metadata service at http://127.0.0.1:1 gives none"), "{failure}");
        assert!(began.elapsed() < CONNECT * 2);
        let silent = InstanceCredentials::new(&silent(), "no other".to_owned());
        let failure = silent.get(NOW).unwrap_err().to_string();
        assert!(failure.contains("HttpPutResponseHopLimit"), "{failure}");
        // It is not asked again at once.
        let again = Instant::now();
        assert!(silent.get(NOW).is_err() && again.elapsed() < Duration::from_millis(500));
        assert!(began.elapsed() < WAIT * 3, "{:?}", began.elapsed());
    }
}
