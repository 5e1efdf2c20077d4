//! A store in a bucket: which server, and in whose name it is asked.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use backends::s3::{
    AddressError, BucketAddress, Client, ContainerCredentials, CredentialSource, Credentials, Endpoint,
    FileCredentials, Patience,
};
use backends::storage::{BucketPlace, StorePlace};
use jiff::Timestamp;
use model::StorageClass;

use super::StoreConfig;

/// Where secrets are looked for when no file is named: the place where containers are given them.
const SECRETS: &str = "/run/secrets";
/// Bytes of a secret at the most.
const SECRET_BYTES_MAX: u64 = 4096;
/// Where ECS hands out the credentials of a task.
const TASK_ADDRESS: &str = "http://169.254.170.2";
/// The region that is signed for when none is named: most servers that are not Amazon's do not mind.
const REGION: &str = "us-east-1";

/// Why a store cannot be reached by its configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoPlace {
    /// The address is of no kind that this version knows.
    #[error("{0} is neither a folder nor s3://bucket/prefix")]
    Kind(String),
    /// The address cannot be understood.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Nobody knows that class.
    #[error(
        "{0} is no storage class: leave `class` out, or write one of STANDARD, STANDARD_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE"
    )]
    Class(String),
    /// The name of the credentials cannot be one of a file.
    #[error("{0:?} is no name of credentials: letters, digits, `-` and `_`")]
    Name(String),
    /// A secret cannot be read.
    #[error("cannot read the secret in {}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl StoreConfig {
    /// Returns where the store is; a folder is relative to the data directory. Requests to a bucket are signed with the time.
    ///
    /// # Errors
    /// The address or what belongs to it cannot be used.
    pub fn place(&self, data: &Path, now: fn() -> Timestamp) -> Result<StorePlace, NoPlace> {
        if let Some(folder) = self.folder(data) {
            return Ok(StorePlace::Folder(folder));
        }
        if !self.url.starts_with("s3://") {
            return Err(NoPlace::Kind(self.url.clone()));
        }
        let class = self.storage_class()?;
        let server = Server {
            url: &self.url,
            endpoint: self.endpoint.as_deref(),
            region: self.region.as_deref(),
            path_style: self.path_style,
            credentials: self.credentials.as_deref(),
        };
        Ok(StorePlace::Bucket(BucketPlace::new(client(server, now)?).in_class(class)))
    }
}

/// What is configured of a part of a bucket, whatever it is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server<'a> {
    pub url: &'a str,
    pub endpoint: Option<&'a str>,
    pub region: Option<&'a str>,
    pub path_style: Option<bool>,
    pub credentials: Option<&'a str>,
}

/// Returns the way to a part of a bucket.
pub(super) fn client(server: Server<'_>, now: fn() -> Timestamp) -> Result<Client, NoPlace> {
    let endpoint = Endpoint {
        url: server.endpoint.map(str::to_owned),
        region: server.region.map(str::to_owned).or_else(region).unwrap_or_else(|| REGION.to_owned()),
        path_style: server.path_style.unwrap_or(server.endpoint.is_some()),
    };
    let source = credentials(server.credentials)?;
    Ok(Client::new(BucketAddress::parse(server.url)?, &endpoint, source, now, Patience::default())?)
}

impl Server<'_> {
    /// Returns the credentials as they are found now.
    pub(super) fn credential_source(&self) -> Result<CredentialSource, NoPlace> {
        credentials(self.credentials)
    }
}

impl StoreConfig {
    /// Returns the class of storage that content is put into.
    ///
    /// # Errors
    /// Nobody knows a class of that name.
    pub fn storage_class(&self) -> Result<StorageClass, NoPlace> {
        let Some(name) = self.class.as_deref() else { return Ok(StorageClass::default()) };
        StorageClass::from_name(name).ok_or_else(|| NoPlace::Class(name.to_owned()))
    }

    /// Returns the credentials of a bucket as they are found now; `None` for a folder.
    ///
    /// # Errors
    /// Their name is none, or a file of theirs cannot be read.
    pub(super) fn credential_source(&self) -> Result<Option<CredentialSource>, NoPlace> {
        if self.url.starts_with("s3://") { credentials(self.credentials.as_deref()).map(Some) } else { Ok(None) }
    }
}

fn region() -> Option<String> {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Finds credentials: those that are named, else those that the platform gives.
fn credentials(name: Option<&str>) -> Result<CredentialSource, NoPlace> {
    match name {
        Some(name) => named(name),
        None => Ok(of_platform()),
    }
}

fn named(name: &str) -> Result<CredentialSource, NoPlace> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err(NoPlace::Name(name.to_owned()));
    }
    let capitals = name.to_ascii_uppercase().replace('-', "_");
    let secret = |part: &str| -> Result<Option<(String, String)>, NoPlace> {
        let variable_name = format!("STRONGROOM_S3_{capitals}_{}", part.to_ascii_uppercase().replace('-', "_"));
        if let Some(text) = variable(&variable_name) {
            return Ok(Some((text, format!("${variable_name}"))));
        }
        let file = variable(&format!("{variable_name}_FILE")).map(PathBuf::from);
        let usual = Path::new(SECRETS).join(format!("strongroom-s3-{name}-{part}"));
        match file.or_else(|| usual.is_file().then_some(usual)) {
            Some(path) => Ok(Some((read(&path)?, path.display().to_string()))),
            None => Ok(None),
        }
    };
    let (key_id, key, token) = (secret("access-key-id")?, secret("secret-access-key")?, secret("session-token")?);
    Ok(match (key_id, key) {
        (Some((key_id, origin)), Some((secret, _))) => {
            let held = Credentials { key_id, secret, token: token.map(|(token, _)| token), origin };
            let name = name.to_owned();
            CredentialSource::Files(FileCredentials::new(held, Box::new(move || found_again(&name))))
        }
        _ => CredentialSource::None(format!(
            "put them into {SECRETS}/strongroom-s3-{name}-access-key-id and …-secret-access-key, or into \
             $STRONGROOM_S3_{capitals}_ACCESS_KEY_ID and …_SECRET_ACCESS_KEY, or name files with …_FILE"
        )),
    })
}

/// What lies there now: files may have been replaced.
fn found_again(name: &str) -> Result<Credentials, String> {
    match named(name) {
        Ok(CredentialSource::Files(files)) => Ok(files.held()),
        Ok(_) => Err("they are not there any more".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn of_platform() -> CredentialSource {
    if let (Some(key_id), Some(secret)) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        let (token, origin) = (variable("AWS_SESSION_TOKEN"), "$AWS_ACCESS_KEY_ID".to_owned());
        return CredentialSource::Given(Credentials { key_id, secret, token, origin });
    }
    let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{TASK_ADDRESS}{path}"));
    let Some(url) = relative.or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")) else {
        return CredentialSource::None(
            "name some with `credentials` of the store or place, or set $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY; in a \
             container of ECS or EKS, give the task or pod a role"
                .to_owned(),
        );
    };
    let file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from);
    let container = ContainerCredentials::new(url, variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"), file);
    CredentialSource::Container(container)
}

fn read(path: &Path) -> Result<String, NoPlace> {
    let mut text = String::new();
    let file = fs::File::open(path).and_then(|file| file.take(SECRET_BYTES_MAX).read_to_string(&mut text));
    file.map_err(|source| NoPlace::Secret { path: path.to_owned(), source })?;
    Ok(text.trim().to_owned())
}
