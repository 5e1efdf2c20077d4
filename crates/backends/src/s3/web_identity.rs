//! Credentials of a role for who shows a token of another's, as a pod in EKS has one in a file (AssumeRoleWithWebIdentity).

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use jiff::Timestamp;

use super::again::may_help;
use super::lent::{Lent, Loan};
use super::xml::Document;
use super::{Credentials, Failure, Patience};
use crate::authorities::disbelief;

/// Bytes of an answer, and of the file of a token, at the most.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// The element of an answer that all stands in.
const RESULT: &str = "AssumeRoleWithWebIdentityResult";

/// Who takes which role on, and where that is asked for.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    /// The file of the token; it is read anew each time, since platforms change it.
    pub token_file: PathBuf,
    /// The role, by its ARN.
    pub role: String,
    /// What the session is called in the records of the account.
    pub session: String,
    /// The address of the service of tokens (STS).
    pub endpoint: String,
    /// The bounds in time.
    pub patience: Patience,
}

/// The role, and what it last gave.
#[derive(Debug)]
pub struct WebIdentityCredentials {
    identity: WebIdentity,
    lent: Lent,
}

/// What came of one try.
enum Tried {
    Failed(String),
    Again(String),
}

impl WebIdentityCredentials {
    /// Says who takes which role on. Asks nobody yet.
    #[must_use]
    pub fn new(identity: WebIdentity) -> Self {
        Self { identity, lent: Lent::default() }
    }

    pub(super) fn get(&self, now: Timestamp) -> Result<Credentials, Failure> {
        self.lent.get(now, || self.ask())
    }

    pub(super) fn renew(&self, refused: &Credentials, now: Timestamp) -> bool {
        self.lent.renew(refused, now, || self.ask())
    }

    fn ask(&self) -> Result<Loan, String> {
        let WebIdentity { role, endpoint, patience, .. } = &self.identity;
        let failed = |because: String| format!("the role {role} is not given by {endpoint}: {because}");
        let mut tries = 0;
        loop {
            tries += 1;
            let because = match self.once() {
                Ok(loan) => return Ok(loan),
                Err(Tried::Failed(because)) => return Err(failed(because)),
                Err(Tried::Again(because)) => because,
            };
            if tries >= patience.tries_max {
                return Err(failed(format!(
                    "no answer after {tries} tries: {because}; look at the network, and at $AWS_REGION and \
                     $AWS_ENDPOINT_URL_STS"
                )));
            }
            patience.wait(tries);
        }
    }

    fn once(&self) -> Result<Loan, Tried> {
        let WebIdentity { role, session, endpoint, patience, .. } = &self.identity;
        let token = self.token().map_err(Tried::Failed)?;
        let form: [(&str, &str); 5] = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", role),
            ("RoleSessionName", session),
            ("WebIdentityToken", &token),
        ];
        let answered = patience.agent().post(format!("{}/", endpoint.trim_end_matches('/'))).send_form(form);
        let mut response = answered.map_err(|error| match disbelief(&error) {
            Some(because) => Tried::Failed(because),
            None => Tried::Again(error.to_string()),
        })?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| Tried::Again(format!("the answer broke off: {error}")))?;
        if status != 200 {
            return Err(refusal(status, &body));
        }
        // What is no loan is not told: a part of it may be the secret.
        loan(&body, role).ok_or_else(|| Tried::Failed("its answer holds no credentials".to_owned()))
    }

    fn token(&self) -> Result<String, String> {
        let path = &self.identity.token_file;
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(ANSWER_BYTES_MAX).read_to_string(&mut text));
        match read {
            Ok(_) if text.trim().is_empty() => Err(format!("there is no token in {}", path.display())),
            Ok(_) => Ok(text.trim().to_owned()),
            Err(error) => Err(format!(
                "cannot read the token in {}: {error}; $AWS_WEB_IDENTITY_TOKEN_FILE names it, which the platform sets",
                path.display()
            )),
        }
    }
}

fn loan(body: &[u8], role: &str) -> Option<Loan> {
    let document = Document::within(body, RESULT)?.ok()?;
    let (_, record) = document.records.iter().find(|(name, _)| name == "Credentials")?;
    let credentials = Credentials {
        key_id: record.get("AccessKeyId")?.clone(),
        secret: record.get("SecretAccessKey")?.clone(),
        token: Some(record.get("SessionToken")?.clone()),
        origin: role.to_owned(),
    };
    Some(Loan { credentials, until: record.get("Expiration")?.parse().ok() })
}

/// Sorts what the service answers that does not give the role.
fn refusal(status: u16, body: &[u8]) -> Tried {
    let document = Document::read(body).unwrap_or_default();
    let record = document.records.into_iter().find(|(name, _)| name == "Error").map(|(_, record)| record);
    let text = |name: &str| record.as_ref().and_then(|record| record.get(name)).cloned().unwrap_or_default();
    let (code, message) = (text("Code"), text("Message"));
    let told = format!("it answers {status} {code}: {message}");
    let told = told.trim_end_matches([' ', ':']);
    let advice = match code.as_str() {
        "AccessDenied" => "let the role's trust policy allow sts:AssumeRoleWithWebIdentity to this service account",
        "InvalidIdentityToken" => "make the cluster's OIDC provider known to the account of the role",
        "ExpiredTokenException" => "the platform has not renewed the token in the file; look at it there",
        "ValidationError" => "look at $AWS_ROLE_ARN and $AWS_ROLE_SESSION_NAME",
        _ if may_help(status, &code) || code == "IDPCommunicationError" || code.contains("Throttl") => {
            return Tried::Again(told.to_owned());
        }
        _ => "look at what it says",
    };
    Tried::Failed(format!("{told}; {advice}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use jiff::SignedDuration;

    use super::*;
    use crate::s3::responder::{responder, silent};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn source(endpoint: &str, folder: &std::path::Path) -> WebIdentityCredentials {
        WebIdentityCredentials::new(WebIdentity {
            token_file: folder.join("token"),
            role: "arn:aws:iam::123456789012:role/keeper".to_owned(),
            session: "strongroom".to_owned(),
            endpoint: endpoint.to_owned(),
            patience: Patience {
                connect: Duration::from_secs(1),
                first_byte: Duration::from_millis(300),
                tries_max: 3,
                first_wait: Duration::from_millis(5),
                ..Patience::default()
            },
        })
    }

    fn answer(key_id: &str, until: &str) -> String {
        format!(
            "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
             <{RESULT}><Audience>sts</Audience><Credentials><AccessKeyId>{key_id}</AccessKeyId>\
             <SecretAccessKey>hush&amp;</SecretAccessKey><SessionToken>t/+=</SessionToken>\
             <Expiration>{until}</Expiration></Credentials><AssumedRoleUser><Arn>a</Arn></AssumedRoleUser></{RESULT}>\
             <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"
        )
    }

    fn error(code: &str) -> String {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>so it is</Message></Error></ErrorResponse>"
        )
    }

    #[test]
    fn a_role_is_given_for_the_token_of_the_moment_and_anew_before_it_expires() {
        let folder = tempfile::tempdir().unwrap();
        static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let url = responder(|asked| {
            let mut all = ASKED.lock().unwrap();
            all.push(format!("{} {}", asked.line, asked.body));
            // The second try is answered only after the first was refused for a passing reason.
            match all.len() {
                1 => (500, error("InternalFailure")),
                2 => (200, answer("key-2", "1970-01-01T01:00:00Z")),
                _ => (200, answer("key-3", "1970-01-01T02:00:00Z")),
            }
        });
        let source = source(&url, folder.path());
        let at = |minutes: i64| source.get(NOW + SignedDuration::from_mins(minutes)).unwrap();
        fs::write(folder.path().join("token"), "first+/=\n").unwrap();
        let first = at(0);
        assert_eq!(
            (first.key_id.as_str(), first.secret.as_str(), first.token.as_deref()),
            ("key-2", "hush&", Some("t/+="))
        );
        assert!(first.who().ends_with("from arn:aws:iam::123456789012:role/keeper"));
        fs::write(folder.path().join("token"), "second").unwrap();
        assert_eq!([at(54).key_id, at(56).key_id, at(114).key_id], ["key-2", "key-3", "key-3"]);
        let all = ASKED.lock().unwrap();
        assert_eq!(all.len(), 3);
        let form = "POST / Action=AssumeRoleWithWebIdentity&Version=2011-06-15\
            &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fkeeper&RoleSessionName=strongroom&WebIdentityToken=";
        assert_eq!(all[1], format!("{form}first%2B%2F%3D"));
        assert_eq!(all[2], format!("{form}second"));
    }

    #[test]
    fn what_is_refused_is_told_with_what_to_do_and_nobody_waits_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let check = |status: u16, body: String, expected: &[&str]| {
            let url = responder(move |_| (status, body.clone()));
            let failure = source(&url, folder.path()).get(NOW).unwrap_err().to_string();
            assert!(expected.iter().all(|text| failure.contains(text)), "{failure}");
            assert!(failure.contains("role/keeper is not given by http://") && !failure.contains("hush"), "{failure}");
        };
        check(200, String::new(), &["cannot read the token in", "$AWS_WEB_IDENTITY_TOKEN_FILE"]);
        fs::write(folder.path().join("token"), " \n").unwrap();
        check(200, String::new(), &["there is no token in"]);
        fs::write(folder.path().join("token"), "token").unwrap();
        check(403, error("AccessDenied"), &["403 AccessDenied: so it is", "trust policy"]);
        check(400, error("InvalidIdentityToken"), &["OIDC provider"]);
        check(400, error("ExpiredTokenException"), &["has not renewed the token"]);
        check(400, error("IDPCommunicationError"), &["no answer after 3 tries", "$AWS_ENDPOINT_URL_STS"]);
        check(503, String::new(), &["no answer after 3 tries: it answers 503"]);
        check(404, "<html>".to_owned(), &["it answers 404; look at what it says"]);
        check(200, "<html>".to_owned(), &["its answer holds no credentials"]);
        check(200, answer("key", "soon").replace("SecretAccessKey", "Other"), &["its answer holds no credentials"]);
        let began = Instant::now();
        let failure = source(&silent(), folder.path()).get(NOW).unwrap_err().to_string();
        assert!(failure.contains("no answer after 3 tries: timeout"), "{failure}");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
