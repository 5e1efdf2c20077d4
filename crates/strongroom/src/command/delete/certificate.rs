//! `strongroom delete certificate` and `verify-certificate`: the proof, and its check.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use model::{DeletionId, Refusal};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use super::refused;
use crate::pipelines::deletion::{Certificate, KEYS, PublicKey};

/// Bytes of a file of certificates at the most.
const FILE_BYTES_MAX: u64 = 1 << 30;
const KEY_BYTES_MAX: u64 = 4096;

/// Print the certificates of a deletion, one JSON object a line, one for each object.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom delete certificate 1 > deletion-1.json\n\n\
    The same lies in each store, in tombstones/<object id>/, and the public key in tombstones/keys/.")]
pub struct Print {
    /// The number of the deletion
    id: DeletionId,
}

/// Check a certificate's signature, with nothing but a public key.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom delete verify-certificate deletion-1.json
  strongroom delete verify-certificate deletion-1.json --key /mnt/store/tombstones/keys/7f3a….pem

Needs no installation: a certificate names its key. That it is the right key, only a copy of it tells that comes from
elsewhere: --key, or the keys in the stores of this installation. Exit codes: 0 it holds, 1 it does not.")]
pub struct Verify {
    /// A file of one or many certificates
    file: PathBuf,
    /// The public key that must have signed it: a PEM file, or 64 hexadecimal digits
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// What became of the check of one certificate.
#[derive(Serialize)]
struct Checked<'a> {
    holds: bool,
    public_key: &'a str,
    /// Whether the key was found to be one that is known otherwise.
    is_known_key: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<serde_json::Value>,
}

impl Print {
    /// Prints.
    pub async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        if database.deletion(self.id).await?.is_none() {
            return Ok(refused(&Refusal::NoDeletion(self.id)));
        }
        let certificates = database.certificates(self.id).await?;
        database.close().await;
        if certificates.is_empty() {
            output::error(&format!(
                "nothing of deletion {} is carried out yet, and what is not done is not certified: `strongroom delete \
                 show {}`",
                self.id, self.id
            ));
            return Ok(Exit::Refused);
        }
        let lines: String = certificates.iter().map(|certificate| format!("{certificate}\n")).collect();
        std::io::stdout().lock().write_all(lines.as_bytes()).context("cannot write to standard output")?;
        Ok(Exit::Done)
    }
}

impl Verify {
    /// Checks each certificate of the file.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let wanted = self.key.as_deref().map(key).transpose()?;
        let known = match &wanted {
            Some(key) => vec![key.clone()],
            None => keys_of_stores(at),
        };
        let mut text = String::new();
        let read = File::open(&self.file).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
        read.with_context(|| format!("cannot read {}", self.file.display()))?;
        let mut worst = Exit::Done;
        let mut count = 0_u64;
        for parsed in serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>() {
            count += 1;
            let parsed = match parsed {
                Ok(parsed) => Certificate::parse(&parsed.to_string()),
                Err(error) => {
                    output::error(&format!("{} holds no certificate: {error}", self.file.display()));
                    return Ok(Exit::Refused);
                }
            };
            match parsed {
                Ok(certificate) => worst = worst.max(self.check(&certificate, wanted.is_some(), &known)),
                Err(error) => {
                    output::error(&error.to_string());
                    worst = Exit::Refused;
                }
            }
        }
        if count == 0 {
            output::error(&format!("{} is empty", self.file.display()));
            return Ok(Exit::Refused);
        }
        Ok(worst)
    }

    fn check(&self, certificate: &Certificate, is_key_given: bool, known: &[PublicKey]) -> Exit {
        let is_known_key = certificate.key().is_ok_and(|key| known.contains(&key));
        let (statement, because) = match certificate.statement() {
            Err(error) => (None, Some(error.to_string())),
            Ok(_) if is_key_given && !is_known_key => {
                (None, Some("it is signed by another key than the one that was given".to_owned()))
            }
            Ok(statement) => (Some(statement), None),
        };
        let exit = if statement.is_some() { Exit::Done } else { Exit::Refused };
        if self.json {
            let checked = Checked {
                holds: statement.is_some(),
                public_key: &certificate.public_key,
                is_known_key,
                because,
                statement: statement.and_then(|statement| serde_json::to_value(statement).ok()),
            };
            output::json(&checked);
            return exit;
        }
        let Some(said) = statement else {
            output::error(&format!("it does not hold: {}", because.unwrap_or_default()));
            return exit;
        };
        output::line(&format!("It holds: {} was deleted on {}", said.object, output::time(said.deleted_at)));
        output::field("deletion", &format!("{}: {}", said.deletion, said.scope));
        output::field("went", &format!("{}, {}", output::count(said.files, "file"), output::bytes(said.size_bytes)));
        output::field("requested", &format!("{} ({})", said.requested.login, said.requested.person));
        said.approved.iter().for_each(|one| output::field("approved", &format!("{} ({})", one.login, one.person)));
        output::field("reason", &said.reason);
        said.stores
            .iter()
            .for_each(|one| output::field("gone from", &format!("{}, {}", one.store, output::time(one.at))));
        output::field("key", &certificate.public_key);
        if !is_known_key {
            output::note(
                "The signature is that of the key in the certificate. Compare the key with one that you had from \
                 elsewhere: --key",
            );
        }
        exit
    }
}

fn key(text: &str) -> anyhow::Result<PublicKey> {
    let is_file = Path::new(text).is_file();
    let mut read = String::new();
    if is_file {
        let file = File::open(text).and_then(|file| file.take(KEY_BYTES_MAX).read_to_string(&mut read));
        file.with_context(|| format!("cannot read the key {text}"))?;
    }
    match PublicKey::parse(if is_file { &read } else { text }) {
        Some(key) => Ok(key),
        None => bail!("{text} is no public key: give a PEM file from tombstones/keys/, or 64 hexadecimal digits"),
    }
}

/// Returns the keys that lie in the stores of this installation, if there is one.
fn keys_of_stores(at: &Where) -> Vec<PublicKey> {
    let (Ok(place), Ok(config)) = (at.place(), at.config()) else { return Vec::new() };
    let stores =
        config.stores.iter().filter_map(|store| store.place(place.path(), jiff::Timestamp::now).ok()?.open().ok());
    let tombstones = stores.filter_map(|store| store.tombstones().ok().flatten());
    let texts = tombstones.flat_map(|tombstones| {
        let names = tombstones.list(KEYS).unwrap_or_default();
        let read = |name: &str| {
            let mut text = String::new();
            let file = tombstones.open(&format!("{KEYS}/{name}")).ok()?;
            file.take(KEY_BYTES_MAX).read_to_string(&mut text).ok()?;
            Some(text)
        };
        names.iter().filter_map(|entry| read(&entry.name)).collect::<Vec<_>>()
    });
    texts.filter_map(|text| PublicKey::parse(&text)).collect()
}
