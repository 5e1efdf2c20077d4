//! In whose name this process asks when nobody is named: what its platform gives, in the order in which botocore looks.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use backends::s3::{
    ContainerCredentials, CredentialSource, Credentials, InstanceCredentials, Patience, WebIdentity,
    WebIdentityCredentials,
};

use super::bucket::region_or_default;
use super::secret::variable;

/// Where ECS hands out the credentials of a task.
const TASK_ADDRESS: &str = "http://169.254.170.2";
/// Where a machine of EC2 asks for its metadata.
const MACHINE_ADDRESS: &str = "http://169.254.169.254";
/// The same by IPv6, for `$AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`.
const MACHINE_ADDRESS_6: &str = "http://[fd00:ec2::254]";
/// What sessions are called in the records of an account when nobody says it.
const SESSION: &str = "strongroom";
/// What to do when nothing gives credentials.
const ADVICE: &str = "name some with `credentials` of the store or place, or set $AWS_ACCESS_KEY_ID and \
                      $AWS_SECRET_ACCESS_KEY; in a container of ECS or EKS, give the task or pod a role, and on EC2 the machine";

/// Finds the identity of this process: keys of the environment, a role by web identity, that of the container, that of the
/// machine.
pub(super) fn of_platform() -> CredentialSource {
    keys().or_else(web_identity).or_else(container).unwrap_or_else(machine)
}

fn keys() -> Option<CredentialSource> {
    let (key_id, secret) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
    let (token, origin) = (variable("AWS_SESSION_TOKEN"), "$AWS_ACCESS_KEY_ID".to_owned());
    Some(CredentialSource::Given(Credentials { key_id, secret, token, origin }))
}

fn web_identity() -> Option<CredentialSource> {
    let token_file = PathBuf::from(variable("AWS_WEB_IDENTITY_TOKEN_FILE")?);
    let Some(role) = variable("AWS_ROLE_ARN") else {
        let advice = "$AWS_WEB_IDENTITY_TOKEN_FILE is set, and $AWS_ROLE_ARN says no role; set both, or neither";
        return Some(CredentialSource::None(advice.to_owned()));
    };
    let endpoint = variable("AWS_ENDPOINT_URL_STS").or_else(|| variable("AWS_ENDPOINT_URL"));
    Some(CredentialSource::WebIdentity(WebIdentityCredentials::new(WebIdentity {
        token_file,
        role,
        session: variable("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| SESSION.to_owned()),
        endpoint: endpoint.unwrap_or_else(|| format!("https://sts.{}.amazonaws.com", region_or_default())),
        patience: Patience {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            tries_max: 4,
            ..Patience::default()
        },
    })))
}

fn container() -> Option<CredentialSource> {
    let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{TASK_ADDRESS}{path}"));
    let url = relative.or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"))?;
    let file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from);
    let token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    Some(CredentialSource::Container(ContainerCredentials::new(url, token, file)))
}

fn machine() -> CredentialSource {
    // One for all stores: where nobody answers, that is found out once.
    static MACHINE: OnceLock<Arc<InstanceCredentials>> = OnceLock::new();
    if variable("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return CredentialSource::None(ADVICE.to_owned());
    }
    let is_6 = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let usual = if is_6 { MACHINE_ADDRESS_6 } else { MACHINE_ADDRESS };
    let endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| usual.to_owned());
    let machine = MACHINE.get_or_init(|| Arc::new(InstanceCredentials::new(&endpoint, ADVICE.to_owned())));
    CredentialSource::Instance(machine.clone())
}
