//! Reading a secret: out of a file, or by its name from where Amazon keeps it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backends::aws::{self, Keeper, SecretName, SecretSource};
use backends::s3::Patience;
use jiff::Timestamp;

use super::bucket::region_or_default;
use super::platform::of_platform;

/// Where secrets are looked for when no file is named: the place where containers are given them.
const SECRETS: &str = "/run/secrets";
/// Bytes of a secret at the most.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// What was fetched already: one process asks for each secret once.
static FETCHED: Mutex<BTreeMap<SecretName, String>> = Mutex::new(BTreeMap::new());

/// Returns the folder in which secrets lie under their usual names: `$STRONGROOM_SECRETS`, else `/run/secrets`.
pub(super) fn folder() -> PathBuf {
    variable("STRONGROOM_SECRETS").map_or_else(|| PathBuf::from(SECRETS), PathBuf::from)
}

/// Returns the usual file of a secret if it is there.
pub(super) fn usual(name: &str) -> Option<PathBuf> {
    let path = folder().join(name);
    path.is_file().then_some(path)
}

/// Returns what an environment variable holds, if it holds anything.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Says whether what stands where a file may be named is the name of a secret.
#[must_use]
pub fn is_name(place: &Path) -> bool {
    place.to_str().is_some_and(SecretName::is_meant)
}

/// Reads the secret in a file, or fetches the one of that name; without the end of its last line.
///
/// # Errors
/// It cannot be read, is not text, or is not given to us.
pub fn read(place: &Path, now: fn() -> Timestamp) -> io::Result<String> {
    let text = if is_name(place) {
        let name = place.to_str().unwrap_or_default().parse().map_err(io::Error::other)?;
        fetched(&name, now).map_err(io::Error::other)?
    } else {
        let mut text = String::new();
        let read = fs::File::open(place)?.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text)?;
        if read as u64 > SECRET_BYTES_MAX {
            return Err(io::Error::other(format!("it is longer than {SECRET_BYTES_MAX} bytes")));
        }
        text
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn fetched(name: &SecretName, now: fn() -> Timestamp) -> Result<String, aws::NoSecret> {
    let held = || FETCHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = held().get(name) {
        return Ok(value.clone());
    }
    let own = match name.keeper {
        Keeper::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        Keeper::Parameters => "AWS_ENDPOINT_URL_SSM",
    };
    let source = SecretSource {
        endpoint: variable(own).or_else(|| variable("AWS_ENDPOINT_URL")),
        region: region_or_default(),
        identity: of_platform(),
        now,
        patience: Patience {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            tries_max: 4,
            ..Patience::default()
        },
    };
    let value = aws::fetch(name, &source)?;
    held().insert(name.clone(), value.clone());
    Ok(value)
}
