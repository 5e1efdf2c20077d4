//! A store in a bucket: which server, and in whose name it is asked.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use backends::s3::{
    AddressError, BucketAddress, Client, CredentialSource, Credentials, Endpoint, FetchedCredentials, FileCredentials,
    Patience,
};
use backends::storage::{BucketPlace, StorePlace};
use jiff::Timestamp;
use model::{Prices, SampleBudget, Secret, StorageClass};

use super::platform::of_platform;
use super::secret::{self, variable};
use super::{Config, StoreConfig};

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
        region: server.region.map(str::to_owned).unwrap_or_else(region_or_default),
        path_style: server.path_style.unwrap_or(server.endpoint.is_some()),
    };
    let source = credentials(server.credentials, now)?;
    Ok(Client::new(BucketAddress::parse(server.url)?, &endpoint, source, now, Patience::default())?)
}

impl Server<'_> {
    /// Returns the credentials as they are found now.
    pub(super) fn credential_source(&self, now: fn() -> Timestamp) -> Result<CredentialSource, NoPlace> {
        credentials(self.credentials, now)
    }
}

impl StoreConfig {
    /// Returns how much of what is frozen may be thawed in a month to prove it. A bound that is 0 and stands beside another is
    /// one: then nothing is.
    #[must_use]
    pub fn sample_budget(&self) -> SampleBudget {
        SampleBudget {
            bytes: self.sample_bytes_per_month,
            cost: self.sample_cost_per_month,
            prices: Prices(self.price.iter().map(|price| (self.id.0.clone(), price.clone())).collect()),
        }
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
    pub(super) fn credential_source(&self, now: fn() -> Timestamp) -> Result<Option<CredentialSource>, NoPlace> {
        let is_bucket = self.url.starts_with("s3://");
        if is_bucket { credentials(self.credentials.as_deref(), now).map(Some) } else { Ok(None) }
    }
}

/// Returns the region of the environment.
pub(super) fn region_or_default() -> String {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")).unwrap_or_else(|| REGION.to_owned())
}

/// Finds credentials: those that are named, else those that the platform gives.
fn credentials(name: Option<&str>, now: fn() -> Timestamp) -> Result<CredentialSource, NoPlace> {
    match name {
        Some(name) => named(name, now),
        None => Ok(of_platform()),
    }
}

/// The parts of a pair of keys, as their files are called.
const PARTS: [&str; 3] = ["access-key-id", "secret-access-key", "session-token"];

/// Where one part was found.
#[derive(Debug, Clone)]
enum Found {
    Variable(String, String),
    /// A file, or a name of a secret.
    At(PathBuf),
}

impl Found {
    fn read(&self, now: fn() -> Timestamp) -> Result<String, NoPlace> {
        match self {
            Found::Variable(_, text) => Ok(text.clone()),
            Found::At(path) => secret::read(path, now)
                .map(|text| text.trim().to_owned())
                .map_err(|source| NoPlace::Secret { path: path.clone(), source }),
        }
    }

    fn origin(&self) -> String {
        match self {
            Found::Variable(name, _) => format!("${name}"),
            Found::At(path) => path.display().to_string(),
        }
    }
}

fn capitals(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

fn named(name: &str, now: fn() -> Timestamp) -> Result<CredentialSource, NoPlace> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err(NoPlace::Name(name.to_owned()));
    }
    let find = |part: &str| {
        let called = format!("STRONGROOM_S3_{}_{}", capitals(name), capitals(part));
        let given = variable(&called).map(|text| Found::Variable(called.clone(), text));
        let file = || variable(&format!("{called}_FILE")).map(PathBuf::from);
        let usual = || secret::usual(&format!("strongroom-s3-{name}-{part}"));
        given.or_else(|| file().or_else(usual).map(Found::At))
    };
    let [key_id, key, token] = PARTS.map(find);
    let (Some(key_id), Some(key)) = (key_id, key) else {
        let (folder, capitals) = (secret::folder().display().to_string(), capitals(name));
        return Ok(CredentialSource::None(format!(
            "put them into {folder}/strongroom-s3-{name}-access-key-id and …-secret-access-key, or into \
             $STRONGROOM_S3_{capitals}_ACCESS_KEY_ID and …_SECRET_ACCESS_KEY, or name files with …_FILE"
        )));
    };
    let all = [Some(key_id.clone()), Some(key.clone()), token.clone()];
    let is_kept_elsewhere = all.iter().flatten().any(|part| matches!(part, Found::At(path) if secret::is_name(path)));
    let read = move || -> Result<Credentials, NoPlace> {
        let token = token.as_ref().map(|token| token.read(now)).transpose()?;
        Ok(Credentials { key_id: key_id.read(now)?, secret: key.read(now)?, token, origin: key_id.origin() })
    };
    if is_kept_elsewhere {
        let fetch = move || read().map_err(|error| with_cause(&error));
        return Ok(CredentialSource::Later(FetchedCredentials::new(fetch)));
    }
    // They may be replaced while we run.
    let held = read()?;
    Ok(CredentialSource::Files(FileCredentials::new(
        held,
        Box::new(move || read().map_err(|error| with_cause(&error))),
    )))
}

/// Says what failed, and why.
pub(super) fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl Config {
    /// Returns the names of the files in which the keys of one kind of buckets lie, a pair for each name of credentials.
    #[must_use]
    pub fn files_of_credentials(&self, secret: Secret) -> Vec<String> {
        let names: BTreeSet<&str> = match secret {
            Secret::DatabasePassword => BTreeSet::new(),
            Secret::StoreCredentials => {
                let buckets = self.stores.iter().filter(|store| store.url.starts_with("s3://"));
                buckets.filter_map(|store| store.credentials.as_deref()).collect()
            }
            Secret::ReceivingCredentials => {
                self.receiving.iter().filter_map(|place| place.credentials.as_deref()).collect()
            }
            Secret::RestoreCredentials => {
                self.restore_places.iter().filter_map(|place| place.credentials.as_deref()).collect()
            }
        };
        let pair = |name: &str| [&PARTS[0], &PARTS[1]].map(|part| format!("strongroom-s3-{name}-{part}"));
        names.into_iter().flat_map(pair).collect()
    }
}
