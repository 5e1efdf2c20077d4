//! `strongroom store doctor`: what the bucket of a store really does, tried and noted.

use anyhow::bail;
use backends::s3::provider_of;
use backends::storage::{BucketStore, Finding, StorageError, StorePlace};
use clap::Args;
use model::StoreId;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::output;
use super::super::table::{Side, Table};
use crate::config::{self, StoreConfig};

/// Try what the bucket of a store really does, and note it there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store doctor far
  strongroom store doctor s3://keep/archive --endpoint https://s3.example.org
  strongroom store doctor far --json

Small objects are written below work/.probe/ of the place, read, and removed again. What was proven is
noted in strongroom-abilities.json of the store that is there; a store relies on nothing else. Without a
store there nothing is noted: making one tries the same. Exit 1 when a store could not be kept there.")]
pub struct Doctor {
    /// A store of the configuration, or s3://bucket/prefix
    #[arg(value_name = "STORE|URL")]
    store: String,
    /// The server of an address that is not in the configuration
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Its region
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// The name of the credentials
    #[arg(long, value_name = "NAME")]
    credentials: Option<String>,
    /// The class of storage to try as well
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// A line of the answer.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    is_proven: bool,
    is_needed: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: String,
}

impl Doctor {
    /// Tries, and notes what was seen.
    pub fn look(self, at: &Where) -> anyhow::Result<Exit> {
        let place = self.place(at)?;
        let StorePlace::Bucket(bucket) = &place else {
            bail!("{place} is a folder: `strongroom doctor` looks at those; this tries what buckets do")
        };
        let probed = bucket.probe()?;
        let noted = match BucketStore::open(bucket) {
            Ok(store) => store.keep_abilities(&probed.abilities).map(|()| true)?,
            Err(StorageError::StoreGone { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        self.tell(bucket.client().endpoint(), &probed.findings);
        if !self.json {
            output::note(if noted {
                "noted in strongroom-abilities.json of the store; start `strongroom up` anew so that it hears of it"
            } else {
                "there is no store yet, and nothing was noted"
            });
        }
        let is_fit = probed.findings.iter().all(|finding| finding.is_proven || !finding.is_needed);
        Ok(if is_fit { Exit::Done } else { Exit::Refused })
    }

    fn place(&self, at: &Where) -> anyhow::Result<StorePlace> {
        let data = at.place()?;
        if self.store.contains("://") {
            let url = StoreConfig {
                endpoint: self.endpoint.clone(),
                region: self.region.clone(),
                credentials: self.credentials.clone(),
                class: self.class.clone(),
                ..StoreConfig::new(StoreId(String::new()), self.store.clone())
            };
            // The authorities that are configured are believed for any bucket.
            config::load(&data, at.config.as_deref())?;
            return Ok(url.place(data.path(), jiff::Timestamp::now)?);
        }
        if self.endpoint.is_some() || self.region.is_some() || self.credentials.is_some() || self.class.is_some() {
            bail!("the store {} has its server in the configuration: change it there", self.store);
        }
        let config = at.config()?;
        match config.stores.iter().find(|store| store.id.0 == self.store) {
            Some(store) => Ok(store.place(data.path(), jiff::Timestamp::now)?),
            None => {
                bail!("the store {} is not in the configuration; write s3://bucket/prefix for any other", self.store)
            }
        }
    }

    fn tell(&self, endpoint: &str, findings: &[Finding]) {
        let line = |finding: &Finding| Line {
            what: finding.name,
            is_proven: finding.is_proven,
            is_needed: finding.is_needed,
            note: finding.note.clone(),
        };
        if self.json {
            findings.iter().map(line).for_each(|line| output::json(&line));
            return;
        }
        let make = provider_of(endpoint, "").map_or("an S3 server", |provider| provider.name);
        output::note(&format!("{endpoint} ({make})"));
        let mut table =
            Table::new(&[("what", Side::Left), ("proven", Side::Left), ("needed", Side::Left), ("", Side::Left)]);
        for line in findings.iter().map(line) {
            let yes = |is: bool, no: &str| if is { "yes" } else { no }.to_owned();
            table.row([line.what.to_owned(), yes(line.is_proven, "NO"), yes(line.is_needed, "no"), line.note]);
        }
        table.print();
    }
}
