//! One secret, asked for by its name: signed, bounded in time and length, asked for again when the network fails.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::signature::{Unsigned, authorization, date};
use crate::authorities::disbelief;
use crate::s3::{CredentialSource, Failure, Patience};

/// Bytes of an answer at the most: a secret has up to 64 KiB, and JSON may write a byte as six.
const ANSWER_BYTES_MAX: u64 = 512 << 10;
/// Bytes of a name at the most.
const NAME_BYTES_MAX: usize = 2048;

/// Who keeps a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keeper {
    /// AWS Secrets Manager.
    SecretsManager,
    /// The parameters of AWS Systems Manager.
    Parameters,
}

impl Keeper {
    /// Returns the word that stands before a name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SecretsManager => "aws-secretsmanager",
            Self::Parameters => "aws-ssm",
        }
    }

    /// Returns the name of the service, as requests are signed for it and as its address begins.
    #[must_use]
    pub fn service(self) -> &'static str {
        match self {
            Self::SecretsManager => "secretsmanager",
            Self::Parameters => "ssm",
        }
    }

    /// Returns the right that the identity needs.
    #[must_use]
    pub fn right(self) -> &'static str {
        match self {
            Self::SecretsManager => "secretsmanager:GetSecretValue",
            Self::Parameters => "ssm:GetParameter",
        }
    }
}

/// The name of a secret: `aws-secretsmanager:NAME` or `aws-ssm:/path/name`, with `#field` at its end when the value is a
/// JSON object and one field of it is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName {
    /// Who keeps it.
    pub keeper: Keeper,
    /// Its name or ARN.
    pub name: String,
    /// The field of the JSON object that it is.
    pub field: Option<String>,
}

impl SecretName {
    /// Says whether a text is meant as the name of a secret, and not as that of a file.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        [Keeper::SecretsManager, Keeper::Parameters]
            .iter()
            .any(|keeper| text.strip_prefix(keeper.word()).is_some_and(|rest| rest.starts_with(':')))
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.keeper.word(), self.name)?;
        self.field.as_ref().map_or(Ok(()), |field| write!(out, "#{field}"))
    }
}

impl FromStr for SecretName {
    type Err = NoSecret;

    fn from_str(text: &str) -> Result<Self, NoSecret> {
        let wrong =
            || NoSecret { name: text.to_owned(), because: "it is no name of a secret".to_owned(), advice: FORM };
        let (word, rest) = text.split_once(':').ok_or_else(wrong)?;
        let keepers = [Keeper::SecretsManager, Keeper::Parameters];
        let keeper = keepers.into_iter().find(|keeper| keeper.word() == word).ok_or_else(wrong)?;
        let (name, field) = match rest.split_once('#') {
            Some((name, field)) => (name, Some(field.to_owned())),
            None => (rest, None),
        };
        let is_text = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_text(name) || name.len() > NAME_BYTES_MAX || field.as_deref().is_some_and(|field| !is_text(field)) {
            return Err(wrong());
        }
        Ok(Self { keeper, name: name.to_owned(), field })
    }
}

const FORM: &str = "write aws-secretsmanager:NAME or aws-ssm:/path/name, with #field for one field of a JSON object";

/// Why a secret was not given. Nothing of its value is ever in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot fetch the secret {name}: {because}; {advice}")]
pub struct NoSecret {
    /// Which one.
    pub name: String,
    /// Why.
    pub because: String,
    /// What to do.
    pub advice: &'static str,
}

/// Where secrets are asked for, and in whose name.
#[derive(Debug)]
pub struct SecretSource {
    /// The address of the service instead of Amazon's.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// In whose name it is asked.
    pub identity: CredentialSource,
    /// The time of requests.
    pub now: fn() -> Timestamp,
    /// The bounds in time.
    pub patience: Patience,
}

/// What came of one try.
enum Tried {
    Failed(String, &'static str),
    Again(String),
}

/// Fetches a secret.
///
/// # Errors
/// There is none of that name, the identity may not read it or is none, or nobody answers.
pub fn fetch(secret: &SecretName, source: &SecretSource) -> Result<String, NoSecret> {
    let fail = |because: String, advice| NoSecret { name: secret.to_string(), because, advice };
    let mut tries = 0;
    let value = loop {
        tries += 1;
        let because = match once(secret, source) {
            Ok(value) => break value,
            Err(Tried::Failed(because, advice)) => return Err(fail(because, advice)),
            Err(Tried::Again(because)) => because,
        };
        if tries >= source.patience.tries_max {
            let because = format!("no answer after {tries} tries: {because}");
            return Err(fail(
                because,
                "look at the network, and at $AWS_REGION and $AWS_ENDPOINT_URL_… if they are set",
            ));
        }
        source.patience.wait(tries);
    };
    let Some(field) = &secret.field else { return Ok(value) };
    let object: Option<Value> = serde_json::from_str(&value).ok();
    match object.as_ref().and_then(|object| object.get(field)) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => {
            Err(fail(format!("its value is no JSON object with a text {field}"), "name another field after #, or none"))
        }
    }
}

fn once(secret: &SecretName, source: &SecretSource) -> Result<String, Tried> {
    let service = secret.keeper.service();
    let now = (source.now)();
    let credentials = source.identity.get(now).map_err(|failure| {
        let because = match failure {
            Failure::NoCredentials(text) => format!("nobody knows who asks: {text}"),
            other => other.to_string(),
        };
        Tried::Failed(because, "give the container's task or pod a role that may read it")
    })?;
    let endpoint = source.endpoint.clone();
    let endpoint = endpoint.unwrap_or_else(|| format!("https://{service}.{}.amazonaws.com", source.region));
    let endpoint = endpoint.trim_end_matches('/');
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let (target, body) = match secret.keeper {
        Keeper::SecretsManager => ("secretsmanager.GetSecretValue", json!({"SecretId": secret.name})),
        Keeper::Parameters => ("AmazonSSM.GetParameter", json!({"Name": secret.name, "WithDecryption": true})),
    };
    let (body, date) = (body.to_string(), date(now));
    let mut headers = vec![("content-type", "application/x-amz-json-1.1"), ("host", host), ("x-amz-date", &date)];
    headers.extend(credentials.token.as_deref().map(|token| ("x-amz-security-token", token)));
    headers.push(("x-amz-target", target));
    let unsigned = Unsigned { method: "POST", path: "/", query: "", headers: &headers, body: body.as_bytes() };
    let authorization = authorization(&unsigned, &credentials, (&source.region, service), now);
    let mut request = source.patience.agent().post(format!("{endpoint}/")).header("authorization", authorization);
    for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
        request = request.header(*name, *value);
    }
    let mut response = request.send(body.as_bytes()).map_err(|error| match disbelief(&error) {
        Some(because) => Tried::Failed(format!("{endpoint}: {because}"), "nothing was sent"),
        None => Tried::Again(error.to_string()),
    })?;
    let status = response.status().as_u16();
    let read = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
    let read = read.map_err(|error| Tried::Again(format!("the answer broke off: {error}")))?;
    // What is no JSON is not shown: a part of it may be the secret.
    let answer: Value = serde_json::from_slice(&read).unwrap_or_default();
    if status != 200 {
        let renew = || source.identity.renew(&credentials, true, now);
        return Err(refusal(secret.keeper, status, &answer, &credentials.who(), renew));
    }
    let value = match secret.keeper {
        Keeper::SecretsManager => answer.get("SecretString"),
        Keeper::Parameters => answer.get("Parameter").and_then(|parameter| parameter.get("Value")),
    };
    let value = value.and_then(Value::as_str).map(str::to_owned);
    value.ok_or_else(|| Tried::Failed("it holds no text".to_owned(), "store it as text, not as bytes"))
}

/// Sorts what a service answers that does not give the secret.
fn refusal(keeper: Keeper, status: u16, answer: &Value, who: &str, renew: impl FnOnce() -> bool) -> Tried {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = text("__type").rsplit('#').next().unwrap_or_default();
    let message = format!("{}{}", text("message"), text("Message"));
    let (missing, refused) = match keeper {
        Keeper::SecretsManager => (
            "make it with `aws secretsmanager create-secret`, or mend the name; names are of one region ($AWS_REGION)",
            "let the role do secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a key of its own",
        ),
        Keeper::Parameters => (
            "make it with `aws ssm put-parameter --type SecureString`, or mend the name; names are of one region \
             ($AWS_REGION)",
            "let the role do ssm:GetParameter on it, and kms:Decrypt if it has a key of its own",
        ),
    };
    match code {
        "ResourceNotFoundException" | "ParameterNotFound" | "ParameterVersionNotFound" => {
            Tried::Failed("there is none of that name".to_owned(), missing)
        }
        "ExpiredTokenException" if renew() => Tried::Again("the credentials have expired".to_owned()),
        _ if code.contains("Throttl") || matches!(status, 408 | 429 | 500 | 502 | 503 | 504) => {
            Tried::Again(format!("the server answers {status} {code}"))
        }
        _ if matches!(status, 401 | 403) || code.contains("AccessDenied") => {
            Tried::Failed(format!("{who} may not read it: {code}: {message}"), refused)
        }
        "UnrecognizedClientException" | "InvalidSignatureException" | "IncompleteSignature" => {
            Tried::Failed(format!("{who} is not believed: {code}: {message}"), "look at the identity and its secret")
        }
        _ => Tried::Failed(format!("the server answers {status} {code}: {message}"), "look at what it says"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_with_its_field_and_anything_else_is_refused() {
        let check = |text: &str, expected: Option<(Keeper, &str, Option<&str>)>| {
            let read = text.parse::<SecretName>().ok();
            let seen = read.as_ref().map(|read| (read.keeper, read.name.as_str(), read.field.as_deref()));
            assert_eq!(seen, expected, "{text}");
            assert!(read.is_none_or(|read| read.to_string() == text && SecretName::is_meant(text)));
        };
        check("aws-ssm:/a/b", Some((Keeper::Parameters, "/a/b", None)));
        check("aws-secretsmanager:db#password", Some((Keeper::SecretsManager, "db", Some("password"))));
        let arn = "arn:aws:secretsmanager:eu-central-1:1:secret:db-x1";
        check(&format!("aws-secretsmanager:{arn}"), Some((Keeper::SecretsManager, arn, None)));
        for wrong in ["aws-ssm:", "aws-ssm:a b", "aws-ssm:/a#", "/run/secrets/x", "aws-ssm", "gcp:x"] {
            check(wrong, None);
        }
    }
}
